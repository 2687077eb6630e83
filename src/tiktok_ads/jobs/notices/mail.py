"""A notice as a mail, handed to a mail server.

Apprise sends mail by the same smtplib, but tells of a failure only that there was one.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import format_datetime

from pydantic import SecretStr

from tiktok_ads.config.notice import MailChannel
from tiktok_ads.jobs.notices.problem import NotSent
from tiktok_ads.jobs.notices.text import Notice, clean

SECONDS = 15.0
_PERMANENT = 500


def mail_of(notice: Notice, channel: MailChannel) -> EmailMessage:
    """The mail. Whatever a name holds, it stays inside the line that it stands in."""
    message = EmailMessage()
    message["Subject"] = clean(notice.subject)
    message["From"] = channel.sender
    message["To"] = ", ".join(channel.to)
    message["Date"] = format_datetime(notice.at)
    message["Message-ID"] = f"<{notice.id}@tiktok-ads-connector.invalid>"
    # So that holiday replies do not come back.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notice.text)
    return message


def send_mail(
    notice: Notice, channel: MailChannel, password: SecretStr | None, *, seconds: float = SECONDS
) -> str:
    """Hand it to the server; what is worth knowing although it was taken. Blocks.

    Raises:
        NotSent: the server cannot be reached, does not let us in, or takes it for nobody.
    """
    server = None
    try:
        server = _connected(channel, seconds)
        if channel.user:
            server.login(channel.user, password.get_secret_value() if password else "")
        refused = server.send_message(mail_of(notice, channel))
    except smtplib.SMTPRecipientsRefused as error:
        raise NotSent(f"{channel.host} takes it for nobody: {_refused(error.recipients)}", False) from None
    except smtplib.SMTPResponseException as error:
        again = error.smtp_code < _PERMANENT
        raise NotSent(f"{channel.host} said {error.smtp_code}: {_words(error.smtp_error)}", again) from None
    except smtplib.SMTPNotSupportedError as error:
        raise NotSent(f"{channel.host}: {clean(str(error))}", False) from None
    except ssl.SSLCertVerificationError as error:
        why = clean(error.verify_message)
        raise NotSent(f"The certificate of {channel.host} is not trusted: {why}.", False) from None
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        known = error.strerror if isinstance(error, OSError) else ""
        why = clean(known or str(error)) or type(error).__name__
        raise NotSent(f"{channel.host} cannot be reached at port {channel.at_port}: {why}.") from None
    finally:
        if server is not None:
            # What was taken is taken, however the parting goes.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
    return f"Not taken for {_refused(refused)}" if refused else ""


def _connected(channel: MailChannel, seconds: float) -> smtplib.SMTP:
    secure = ssl.create_default_context()
    secure.minimum_version = ssl.TLSVersion.TLSv1_2
    if channel.security == "ssl":
        return smtplib.SMTP_SSL(channel.host, channel.at_port, timeout=seconds, context=secure)
    server = smtplib.SMTP(channel.host, channel.at_port, timeout=seconds)
    if channel.security == "starttls":
        try:
            server.starttls(context=secure)
        except BaseException:
            server.close()
            raise
    return server


def _refused(recipients: dict[str, tuple[int, bytes]]) -> str:
    return clean("; ".join(f"{who}: {code} {_words(said)}" for who, (code, said) in recipients.items()))


def _words(said: bytes | str) -> str:
    return clean(said.decode("utf-8", "replace") if isinstance(said, bytes) else said, 200)
