"""E-mail addresses: what is one, and how it is kept. The only importer of idna."""

import re

import idna

LONGEST, LONGEST_NAME = 254, 64  # RFC 5321

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


def canonical(text: str) -> str:
    """As it is stored and written to: trimmed, the domain in lower case and in ASCII (`panadería.es` -> `xn--…`).

    What is not an address comes back trimmed. Idempotent.
    """
    name, at, domain = text.strip().rpartition("@")
    ascii_domain = _ascii(domain)
    return f"{name}@{ascii_domain}" if at and ascii_domain else text.strip()


def problem(text: str) -> tuple[str, str] | None:
    """Code and sentence on what is wrong with a trimmed address; None: mail may be sent there."""
    name, at, domain = text.rpartition("@")
    if not at:
        return "no_at", "Falta la @: un correo se escribe así: nombre@empresa.com."
    if not name or len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        return "name", "Revisa lo que va antes de la @: letras, números y puntos, sin espacios ni acentos."
    found = _ascii(domain)
    if found is None or "." not in found or found.rsplit(".", 1)[1].isdigit():
        return "domain", "Revisa lo que va después de la @; por ejemplo, empresa.com."
    if len(name) + 1 + len(found) > LONGEST:
        return "too_long", f"Es muy largo: caben {LONGEST} caracteres."
    return None


def _ascii(domain: str) -> str | None:
    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode("ascii").lower() if domain else None
    except (idna.IDNAError, UnicodeError):
        return None
