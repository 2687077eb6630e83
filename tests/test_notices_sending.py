"""Notices arrive as they were meant, at no address that was not meant, and show no secret on the way."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from tests.receivers import Post, Web, post_office, web, without_keyring
from tiktok_ads.config import load_settings
from tiktok_ads.config.notice import Channel, MailChannel, SlackChannel, WebhookChannel
from tiktok_ads.credentials.notice import save_notice_secret
from tiktok_ads.errors import ConfigError
from tiktok_ads.jobs.notices.outward import look_up, post, refusal
from tiktok_ads.jobs.notices.problem import NotSent
from tiktok_ads.jobs.notices.send import Delivered, deliver, send_test
from tiktok_ads.jobs.notices.text import Notice

KEY = base64.b64encode(b"k" * 32).decode()
CANARY = "canary-7d1f0c9a55"
NOTICE = Notice(
    "0" * 32, "failed", "a", "r", datetime(2026, 1, 2, tzinfo=UTC), "TikTok Ads: a failed", "What: x\n"
)


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No keyring and no secrets but the test's own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TIKTOK_ADS_NOTICE_HOOK", f"whsec_{KEY}")
    monkeypatch.chdir(tmp_path)
    with without_keyring():
        yield


@pytest.fixture
def receiver() -> Iterator[Web]:
    with web() as made:
        yield made


@pytest.fixture
def office() -> Iterator[Post]:
    with post_office() as made:
        yield made


def send(
    notice: Notice, channel: Channel, *, name: str = "hook", at: Sequence[str] | None = None
) -> Delivered:
    """What came of it; `at` are the addresses that every name has."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return await look_up(host, port) if at is None else at

    came = asyncio.run(deliver(notice, name, channel, sleep=sleep, resolve=resolve))
    assert len(waited) == came.tries - 1
    return came


def hook(receiver: Web, *, private: bool = True, host: str = "127.0.0.1") -> WebhookChannel:
    return WebhookChannel(kind="webhook", allow_private=private, url=receiver.url(host=host))


def slack(receiver: Web, patch: pytest.MonkeyPatch, path: str = "/services/T/B") -> SlackChannel:
    patch.setenv("TIKTOK_ADS_NOTICE_HOOK", receiver.url(f"{path}/{CANARY}"))
    return SlackChannel(kind="slack", allow_private=True)


def test_a_webhook_is_signed_as_the_specification_says(receiver: Web) -> None:
    """The receiver computes the signature by itself, from the bytes that came."""
    assert send(NOTICE, hook(receiver)) == Delivered(True, 1)
    (call,) = receiver.calls
    identity, moment = call.headers["webhook-id"], call.headers["webhook-timestamp"]
    assert abs(time.time() - int(moment)) < 60
    signed = f"{identity}.{moment}.".encode() + call.body
    mac = base64.b64encode(hmac.new(b"k" * 32, signed, hashlib.sha256).digest()).decode()
    assert call.headers["webhook-signature"] == f"v1,{mac}"
    told = json.loads(call.body)
    assert (told["type"], told["data"]["job"]) == ("run.failed", "a")
    assert told["data"]["text"] == NOTICE.text


def test_another_try_has_the_same_id(receiver: Web) -> None:
    """A receiver that took the first and answered too late knows the second again."""
    receiver.answers = [503, 429]
    assert send(NOTICE, hook(receiver)) == Delivered(True, 3)
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1


@pytest.mark.parametrize(("status", "tries"), [(500, 3), (503, 3), (429, 3), (400, 1), (404, 1), (410, 1)])
def test_only_what_may_help_is_tried_again(receiver: Web, status: int, tries: int) -> None:
    receiver.answers = [status] * 5
    receiver.text = b"<b>no</b>\r\nwhy"
    came = send(NOTICE, hook(receiver))
    assert (came.arrived, came.tries, len(receiver.calls)) == (False, tries, tries)
    assert came.problem == f"127.0.0.1 answered {status}: <b>no</b> why"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2001:db8::1",
    ],
)
def test_addresses_of_the_inside_are_refused(address: str, receiver: Web) -> None:
    """Whatever a name says it is, a notice leads nobody into this machine, the network or the cloud's own."""
    channel = WebhookChannel(kind="webhook", url=f"https://hooks.example.com:{receiver.port}/x")
    came = send(NOTICE, channel, at=[address])
    assert (came.arrived, came.tries) == (False, 1)
    assert came.problem.startswith("hooks.example.com is not called: its address ")
    assert receiver.calls == []


def test_public_addresses_are_not_refused() -> None:
    for address in ("8.8.8.8", "2606:4700::6810:84e5", "::ffff:8.8.8.8", "64:ff9b::808:808"):
        assert refusal(address, allow_private=False) == ""


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "fd00:ec2::254", "0.0.0.0", "224.0.0.1"])
def test_credentials_of_cloud_machines_are_out_of_reach_whatever_is_allowed(address: str) -> None:
    assert refusal(address, allow_private=True)


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]"]
)
def test_names_and_spellings_of_this_machine_are_refused(host: str, receiver: Web) -> None:
    channel = WebhookChannel(kind="webhook", url=f"https://{host}:{receiver.port}/x")
    came = send(NOTICE, channel)
    assert not came.arrived
    assert receiver.calls == []


def test_one_bad_address_among_good_ones_is_enough_to_refuse(receiver: Web) -> None:
    channel = WebhookChannel(kind="webhook", url=f"https://hooks.example.com:{receiver.port}/x")
    assert "is not called" in send(NOTICE, channel, at=["8.8.8.8", "127.0.0.1"]).problem


def test_a_name_is_looked_up_once_and_that_address_is_called(receiver: Web) -> None:
    """A name that changes its address between the check and the call gains nothing."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    # No resolver but ours knows this name.
    channel = hook(receiver, host="hooks.invalid")
    assert asyncio.run(deliver(NOTICE, "hook", channel, resolve=resolve)).arrived
    assert asked == ["hooks.invalid"]
    assert receiver.calls[0].headers["host"] == f"hooks.invalid:{receiver.port}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(receiver: Web, status: int) -> None:
    """A receiver outside cannot send us inside by a second step."""
    receiver.answers = [status] * 3
    with web() as inside:
        receiver.headers = {"Location": inside.url()}
        came = send(NOTICE, hook(receiver))
        assert inside.calls == []
    assert (came.arrived, came.tries) == (False, 1)
    assert "redirect" in came.problem


def test_proxies_of_the_environment_see_nothing(receiver: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would look the name up itself, and the check would be worth nothing."""
    with web() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(""))
        assert send(NOTICE, hook(receiver)).arrived
        assert proxy.calls == []


def test_an_endless_answer_is_not_read(receiver: Web) -> None:
    receiver.text = b"x" * 5_000_000
    receiver.answers = [400]
    assert len(send(NOTICE, hook(receiver)).problem) < 1000


def test_a_silent_receiver_is_not_waited_for() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(NotSent, match=r"did not answer within 0\.2 seconds"):
            asyncio.run(post(url, b"", {}, allow_private=True, seconds=0.2))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "ftp://example.com/x",
        "file:///etc/passwd",
        "https://user:pass@example.com/x",
        "https:///x",
        "https://exa mple.com/",
        "https://example.com:99999/",
        "https://example.com\\@127.0.0.1/",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_address_is_refused_in_the_settings(url: str, tmp_path: Path) -> None:
    place = tmp_path / "tiktok_ads.toml"
    place.write_text(f"[notices.x]\nkind = 'webhook'\nurl = '{url}'\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"notices\.x\.url: "):
        load_settings(config=place)


def certificate(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate for this name that only who trusts the file trusts, and a server that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "trusted.pem", folder / "key.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return trusted, context


@pytest.mark.parametrize(("name", "arrives"), [("hooks.invalid", True), ("other.invalid", False)])
def test_the_certificate_is_held_against_the_name_not_the_address(
    name: str, arrives: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calling exactly the checked address gives up nothing of TLS."""
    trusted, context = certificate(tmp_path, "hooks.invalid")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with web(context=context) as receiver:
        url = receiver.url(host=name, scheme="https")
        channel = WebhookChannel(kind="webhook", allow_private=True, url=url)
        came = send(NOTICE, channel, at=["127.0.0.1"])
    assert came.arrived is arrives
    assert arrives or "certificate" in came.problem.lower()


def test_slack_hears_text_and_nothing_else(receiver: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """A campaign called «<!channel>» must not ring two hundred phones."""
    hostile = "<!channel> <!here> <@U012345> <https://evil.example|Sign in> & @channel [x](http://e.example)"
    notice = replace(NOTICE, text=f"What happened: {hostile}\n")
    assert send(notice, slack(receiver, monkeypatch)).arrived
    said = json.loads(receiver.calls[0].body)
    assert not {"<", ">"} & set(said["text"])
    assert "@channel" not in said["text"]
    assert "](" not in said["text"]
    assert "&lt;!channel&gt;" in said["text"]
    assert (said["mrkdwn"], said["unfurl_links"], said["unfurl_media"]) == (False, False, False)
    assert receiver.calls[0].path == f"/services/T/B/{CANARY}"


def test_a_secret_shows_nowhere_when_sending_goes_wrong(
    receiver: Web, office: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Logs at their most talkative, errors and the history: no address of Slack, no password, no key."""
    caplog.set_level(logging.DEBUG)
    channel = slack(receiver, monkeypatch)
    receiver.answers = [404]
    receiver.text = receiver.url(f"/services/T/B/{CANARY}").encode()
    told = [send(NOTICE, channel)]
    told.append(send(NOTICE, channel, at=["127.0.0.2"]))
    told.append(send(NOTICE, SlackChannel(kind="slack")))
    monkeypatch.setenv("TIKTOK_ADS_NOTICE_HOOK", CANARY)
    office.password = "another"
    told.append(send(NOTICE, mail(office, user="me")))
    assert office.signed_in == [("me", CANARY)]
    monkeypatch.setenv("TIKTOK_ADS_NOTICE_HOOK", f"whsec_{CANARY}")
    told.append(send(NOTICE, hook(receiver)))
    assert len(told) == 5
    for text in (caplog.text, *(f"{one!r} {one.problem}" for one in told)):
        assert CANARY not in text
        assert base64.b64encode(CANARY.encode()).decode().rstrip("=") not in text


def mail(office: Post, **said: object) -> MailChannel:
    values: dict[str, object] = {
        "kind": "mail",
        "host": "127.0.0.1",
        "port": office.port,
        "security": "none",
        "from": "app@example.com",
        "to": ["ana@example.com", "ben@example.com"],
    }
    return MailChannel.model_validate(values | said)


def test_a_mail_arrives_as_plain_text(office: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_ADS_NOTICE_HOOK", "app password in groups")
    office.password = "app password in groups"
    notice = replace(NOTICE, subject="TikTok Ads: größer ✓", text="What: <b>ä</b>\n.\nend\n")
    assert send(notice, mail(office, user="me")) == Delivered(True, 1)
    (got,) = office.mails
    assert got["Subject"] == "TikTok Ads: größer ✓"
    assert (got["From"], got["To"]) == ("app@example.com", "ana@example.com, ben@example.com")
    assert got["Auto-Submitted"] == "auto-generated"
    assert got.get_content_type() == "text/plain"
    assert got.get_content().replace("\r\n", "\n") == notice.text
    assert office.recipients == [["ana@example.com", "ben@example.com"]]


def test_a_hostile_name_adds_no_line_to_the_head_of_a_mail(office: Post) -> None:
    hostile = "x\r\nBcc: evil@example.com\r\n\r\n<script>"
    assert send(replace(NOTICE, subject=hostile), mail(office)).arrived
    (got,) = office.mails
    assert got["Bcc"] is None
    assert got["Subject"] == "x Bcc: evil@example.com <script>"
    assert office.recipients == [["ana@example.com", "ben@example.com"]]


def test_what_the_mail_server_says_is_told(office: Post) -> None:
    """A typing error in an address is seen at the test, not after the first missed notice."""
    office.refuse = {"ben@example.com"}
    came = send(NOTICE, mail(office))
    assert came.arrived
    assert "ben@example.com: 550 nobody of that name" in came.problem
    office.refuse.add("ana@example.com")
    came = send(NOTICE, mail(office))
    assert (came.arrived, came.tries) == (False, 1)
    office.refuse, office.busy = set(), 2
    assert send(NOTICE, mail(office)) == Delivered(True, 3)


def test_encryption_that_the_server_does_not_have_is_not_given_up(office: Post) -> None:
    came = send(NOTICE, mail(office, security="starttls"))
    assert (came.arrived, came.tries) == (False, 1)
    assert "STARTTLS" in came.problem
    assert not send(NOTICE, mail(office, security="ssl")).arrived
    assert office.mails == []


@pytest.mark.parametrize(("trusts", "told"), [(True, ""), (False, "is not trusted")])
def test_the_mail_servers_certificate_is_checked(
    trusts: bool, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password goes to the server that it is meant for, or nowhere."""
    trusted, context = certificate(tmp_path, "localhost")
    if trusts:
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    monkeypatch.setenv("TIKTOK_ADS_NOTICE_HOOK", "a password")
    with post_office(context=context) as office:
        office.password = "a password"
        came = send(NOTICE, mail(office, host="localhost", security="ssl", user="me"))
        assert (came.arrived, bool(office.mails), bool(office.signed_in)) == (trusts, trusts, trusts)
    assert told in came.problem


def test_a_mail_server_that_is_not_there_is_named() -> None:
    came = send(NOTICE, mail(Post(port=1)))
    assert (came.arrived, came.tries) == (False, 3)
    assert "127.0.0.1 cannot be reached at port 1" in came.problem


def test_a_missing_secret_is_told_with_where_to_put_it(
    receiver: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TIKTOK_ADS_NOTICE_HOOK")
    came = send(NOTICE, hook(receiver))
    assert (came.arrived, came.tries) == (False, 1)
    assert "tiktok-ads notices secret hook" in came.problem
    save_notice_secret("hook", "webhook", SecretStr(KEY))
    assert send(NOTICE, hook(receiver)).arrived


@pytest.mark.parametrize("key", ["short", base64.b64encode(b"k" * 23).decode(), "not base64 at all!", ""])
def test_a_weak_signing_key_is_refused_without_being_said(key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        save_notice_secret("hook", "webhook", SecretStr(key))
    assert not key or key not in str(refused.value)


def test_a_test_is_sent_by_its_name(receiver: Web, tmp_path: Path) -> None:
    place = tmp_path / "tiktok_ads.toml"
    place.write_text(
        f'[notices.hook]\nkind = "webhook"\nallow_private = true\nurl = "{receiver.url()}"\n',
        encoding="utf-8",
    )
    settings = load_settings(config=place)
    assert asyncio.run(send_test(settings, "hook")) == Delivered(True, 1)
    assert json.loads(receiver.calls[0].body)["type"] == "test"
    receiver.answers = [500]
    assert asyncio.run(send_test(settings, "hook")).tries == 1
    with pytest.raises(ConfigError, match="Did you mean hook"):
        asyncio.run(send_test(settings, "hok"))
