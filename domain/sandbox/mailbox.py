"""Messages as they were received, and as a reader sees them."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from domain.sandbox.store import Document, Store

_KIND = "message"


class Mailbox:
    """All messages of a catcher, in the order of their arrival."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, sender: str, recipients: list[str], raw: bytes) -> Document:
        """Keep a message. `to` and `from` are the envelope's, so that blind copies show."""
        parsed = message_from_bytes(raw, policy=policy.default)
        last = self._store.get("_last", "message") or {"number": 0}
        identifier = str(last["number"] + 1)
        message = {
            "id": identifier,
            "to": ", ".join(recipients),
            "from": str(parsed["From"] or sender),
            "subject": str(parsed["Subject"] or ""),
            "date": _date(parsed),
            "text": _part(parsed, "plain"),
            "html": _part(parsed, "html"),
        }
        with self._store.transaction():
            self._store.put(_KIND, message)
            self._store.put("_last", {"id": "message", "number": int(identifier)})
        return message

    def all(self, to: str | None = None) -> list[Document]:
        """Messages, the first that came first; with `to`, only those to that address."""
        found = reversed(list(self._store.newest_first(_KIND)))
        return [m for m in found if to is None or to.lower() in m["to"].lower().split(", ")]

    def get(self, identifier: str) -> Document | None:
        """One message, or None."""
        return self._store.get(_KIND, identifier)

    def clear(self) -> int:
        """Throw all away; how many there were. Numbers are not used again."""
        return self._store.delete_all(_KIND)


def _date(parsed: EmailMessage) -> str:
    """The message's own date in ISO 8601, that of its arrival when it has none that can be read."""
    try:
        return parsedate_to_datetime(str(parsed["Date"])).isoformat()
    except (TypeError, ValueError):
        return datetime.now(UTC).isoformat(timespec="seconds")


def _part(parsed: EmailMessage, kind: str) -> str:
    """The body in that kind, empty when the message has none. Bytes that cannot be read are replaced."""
    body = parsed.get_body((kind,))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except (LookupError, UnicodeError):
        raw = body.get_payload(decode=True)
        return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
