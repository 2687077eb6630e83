"""Secrets: where they are kept, in which order they are found, and that they are never seen."""

from __future__ import annotations

import json
import os
import pickle
import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import pytest
from keyring.backends.null import Keyring as NullKeyring
from pydantic import SecretStr

from tiktok_ads import credentials
from tiktok_ads.credentials import clean_secret, find_app_secret, find_token, forget, mask, save
from tiktok_ads.errors import ConfigError

CANARY = "canary-7f3a9b-token"
TOKEN = SecretStr(CANARY)


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring for tests: holds secrets in a dict, or breaks, or cuts what is too long."""

    priority = 1

    def __init__(self, *, broken: bool = False, longest: int = 10_000) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring has no annotation here
        self.held: dict[tuple[str, str], str] = {}
        self.broken, self.longest = broken, longest

    def get_password(self, service: str, username: str) -> str | None:
        self._break()
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._break()
        self.held[service, username] = password[: self.longest]

    def delete_password(self, service: str, username: str) -> None:
        self._break()
        del self.held[service, username]

    def _break(self) -> None:
        if self.broken:
            raise OSError("no session bus")


@pytest.fixture(autouse=True)
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    """A keyring and a configuration folder of the test's own."""
    for name in ("TIKTOK_ADS_ACCESS_TOKEN", "TIKTOK_ADS_APP_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    before = keyring.get_keyring()
    made = MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def no_ring(ring: MemoryKeyring) -> MemoryKeyring:
    ring.broken = True
    return ring


def place() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"]) / "tiktok-ads" / "credentials.json"


def test_the_keyring_keeps_a_login_and_no_file_does(ring: MemoryKeyring) -> None:
    """With a keyring there is no plaintext."""
    assert save("default", access_token=TOKEN, app_secret=SecretStr("secret-1234")) == "keyring"
    found = find_token("default")
    assert (found.secret.get_secret_value(), found.source) == (CANARY, "keyring")
    secret = find_app_secret("default")
    assert secret is not None
    assert secret.secret.get_secret_value() == "secret-1234"
    assert not place().exists()
    assert {service for service, _ in ring.held} == {"tiktok-ads-connector"}


def test_the_environment_comes_before_keyring_and_file(
    no_ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In CI and containers a variable is enough."""
    save("default", access_token=SecretStr("from-file-123"))
    assert find_token().source == "file"
    no_ring.broken = False
    no_ring.held["tiktok-ads-connector", "default/access_token"] = "from-keyring-123"
    assert find_token().source == "keyring"
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", f" {CANARY}\n")
    assert (find_token().source, find_token().secret.get_secret_value()) == ("environment", CANARY)


def test_logins_are_kept_apart(ring: MemoryKeyring) -> None:
    """Two connections, two tokens."""
    save("one", access_token=SecretStr("token-one"))
    save("two", access_token=SecretStr("token-two"))
    assert find_token("one").secret.get_secret_value() == "token-one"
    assert forget("one")
    assert not forget("one")
    assert find_token("two").secret.get_secret_value() == "token-two"
    with pytest.raises(ConfigError, match="tiktok-ads connect"):
        find_token("one")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_without_a_keyring_a_private_file_keeps_the_login(no_ring: MemoryKeyring, umask: int) -> None:
    """Mode 0600 in a folder of 0700, whatever the umask."""
    before = os.umask(umask)
    try:
        assert save("default", access_token=TOKEN) == "file"
    finally:
        os.umask(before)
    assert stat.S_IMODE(place().stat().st_mode) == 0o600
    assert stat.S_IMODE(place().parent.stat().st_mode) == 0o700
    assert find_token().secret.get_secret_value() == CANARY
    assert [one.name for one in place().parent.iterdir()] == ["credentials.json"]


def test_a_null_keyring_counts_as_none(ring: MemoryKeyring) -> None:
    """A keyring that forgets at once does not lose the login."""
    keyring.set_keyring(NullKeyring())  # type: ignore[no-untyped-call]  # nor here
    assert save("default", access_token=TOKEN) == "file"
    assert find_token().source == "file"


def test_a_keyring_that_cuts_long_tokens_is_not_trusted(ring: MemoryKeyring) -> None:
    """4 kB come back whole or are kept elsewhere."""
    long = SecretStr("t" * 4096)
    ring.longest = 2500
    assert save("default", access_token=long) == "file"
    assert not ring.held
    assert find_token().secret.get_secret_value() == "t" * 4096
    ring.longest = 5000
    assert save("default", access_token=long) == "keyring"
    assert not place().exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o666])
def test_a_file_that_others_can_read_is_closed_again_with_a_warning(
    no_ring: MemoryKeyring, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody's backup restored it too open."""
    save("default", access_token=TOKEN)
    place().chmod(mode)
    caplog.clear()
    find_token()
    assert stat.S_IMODE(place().stat().st_mode) == 0o600
    assert "could be read by others" in caplog.text
    assert CANARY not in caplog.text


def test_a_folder_that_others_can_enter_is_closed(no_ring: MemoryKeyring) -> None:
    """The folder is private too."""
    place().parent.mkdir(parents=True, mode=0o755)
    place().parent.chmod(0o755)
    save("default", access_token=TOKEN)
    assert stat.S_IMODE(place().parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", ["symlink", "dangling", "hardlink", "folder", "fifo"])
def test_a_link_in_the_files_place_is_refused(no_ring: MemoryKeyring, tmp_path: Path, kind: str) -> None:
    """Nobody makes us write a token elsewhere, or read one from there."""
    place().parent.mkdir(parents=True, mode=0o700)
    target = tmp_path / "elsewhere.json"
    if kind != "dangling":
        target.write_text("{}", encoding="utf-8")
    match kind:
        case "symlink" | "dangling":
            place().symlink_to(target)
        case "hardlink":
            place().hardlink_to(target)
        case "folder":
            place().mkdir()
        case _:
            os.mkfifo(place())
    for act in (lambda: save("default", access_token=TOKEN), lambda: find_token("default")):
        with pytest.raises(ConfigError, match="not used") as refused:
            act()
        assert CANARY not in str(refused.value)
    assert not target.exists() or target.read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize("content", ["", "no json", "[]", '{"default": 3}', "\x00"])
def test_a_damaged_file_is_refused_not_overwritten(no_ring: MemoryKeyring, content: str) -> None:
    """Another login may still be in there."""
    place().parent.mkdir(parents=True, mode=0o700)
    place().write_text(content, encoding="utf-8")
    place().chmod(0o600)
    with pytest.raises(ConfigError):
        save("default", access_token=TOKEN)
    assert place().read_text(encoding="utf-8") == content


def test_a_failed_write_leaves_the_old_file(no_ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old login or the new one, never half of it."""
    save("default", access_token=SecretStr("the-old-one"))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ConfigError, match="No space left"):
        save("default", access_token=TOKEN)
    assert find_token().secret.get_secret_value() == "the-old-one"
    assert [one.name for one in place().parent.iterdir()] == ["credentials.json"]


def test_forgetting_the_last_login_deletes_the_file(no_ring: MemoryKeyring) -> None:
    """Signed out is signed out."""
    save("one", access_token=TOKEN)
    save("two", access_token=TOKEN)
    assert forget("one")
    assert json.loads(place().read_text(encoding="utf-8")).keys() == {"two"}
    assert forget("two")
    assert not place().exists()


@pytest.mark.parametrize("text", ["", "  \n", "two words", "line\nbreak", "tøken", "a\0b", "tab\tbed"])
def test_what_cannot_be_a_token_is_refused_unseen(text: str) -> None:
    """A paste gone wrong does not end up in an HTTP library's error message."""
    with pytest.raises(ConfigError) as refused:
        clean_secret(SecretStr(text), "access token")
    assert not text.strip() or text not in str(refused.value)


def test_a_secret_is_in_no_repr_and_masked_in_any_text() -> None:
    """Logs and tracebacks show where it was, not what it was."""
    secret = "canary/+ä".replace("ä", "=") + "0123456789"
    found = credentials.FoundToken(clean_secret(SecretStr(secret), "token"), "environment")
    assert secret not in repr(found)
    assert secret not in str(found)
    import base64
    from urllib.parse import quote

    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    for spelled in (secret, quote(secret, safe=""), encoded):
        assert spelled not in mask(f"GET /x?secret={spelled}&y=1")
    assert pickle.loads(pickle.dumps(found)).secret.get_secret_value() == secret
