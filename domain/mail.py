"""Handing letters to the mail server named by SMTP_URL."""

import re
import smtplib
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from domain.errors import AltaError, Unavailable
from domain.models.base import now
from domain.settings import settings

TIMEOUT = 15  # seconds for each exchange with the server
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+@[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+")
LOCAL = {"localhost", "127.0.0.1", "::1"}


class Refused(AltaError):
    """The server will never take this letter for this address."""

    code = "mail_refused"


def compose(to: str, subject: str, text: str, html: str, *, reference: str) -> EmailMessage:
    """A letter in text and HTML. `to` is an address; raises Refused where it is none (a line break, no @)."""
    sender_name, sender = parseaddr(settings().mail_from)
    domain = sender.rpartition("@")[2] or "localhost"
    if not _ADDRESS.fullmatch(to):
        raise Refused("La dirección de correo no es válida.")
    message = EmailMessage(policy=SMTP)
    try:
        message["To"] = Address(addr_spec=to)
    except (ValueError, IndexError, MessageError) as error:  # the parser of the standard library knows all three
        raise Refused("La dirección de correo no es válida.") from error
    message["Subject"] = subject
    message["From"] = Address(display_name=sender_name, addr_spec=sender)
    message["Reply-To"] = settings().operator_email
    message["Date"] = format_datetime(now())
    # The same letter has the same name at every try: a mailbox that has it already need not show it twice.
    message["Message-ID"] = f"<carta-{reference}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


def deliver(message: EmailMessage) -> None:
    """Gives `message` to the server. Raises Refused (for good) or Unavailable (try again).

    SMTP_URL: smtp://user:password@host:port or smtps://…; `?starttls=never`, `always` or (default) when it is offered.
    """
    try:
        with _server() as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, reply = next(iter(error.recipients.values()))
        raise (Refused if code >= 500 else Unavailable)(f"{code} {_words(reply)}") from error
    except smtplib.SMTPDataError as error:
        raise (Refused if error.smtp_code >= 500 else Unavailable)(
            f"{error.smtp_code} {_words(error.smtp_error)}"
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(f"El servidor de correo no admite esta dirección: {error}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(f"El servidor de correo no responde: {error}") from error


def _server() -> smtplib.SMTP:
    address = urlsplit(settings().smtp_url)
    if not address.hostname:
        raise Unavailable("SMTP_URL no está configurado.")
    context = ssl.create_default_context()
    if address.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(address.hostname, address.port or 465, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(address.hostname, address.port or 25, timeout=TIMEOUT)
        _encrypt(server, parse_qs(address.query).get("starttls", ["auto"])[0], context)
    if address.username:
        if address.scheme != "smtps" and address.hostname not in LOCAL and not isinstance(server.sock, ssl.SSLSocket):
            raise Unavailable("El servidor de correo no cifra: no se le envía la contraseña.")
        server.login(unquote(address.username), unquote(address.password or ""))
    return server


def _encrypt(server: smtplib.SMTP, wish: str, context: ssl.SSLContext) -> None:
    server.ehlo()
    if wish == "always" or (wish == "auto" and server.has_extn("starttls")):
        server.starttls(context=context)
        server.ehlo()


def _words(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
