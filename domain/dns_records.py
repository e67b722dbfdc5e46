"""What DNS says of a name. The only importer of dnspython."""

from typing import Any

import dns.exception
import dns.resolver

from domain.errors import Unavailable
from domain.settings import settings

PATIENCE = 5.0  # seconds for one question, all servers and retries together
_NOTHING = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)


def texts(name: str) -> set[str]:
    """The TXT records of `name`. Raises Unavailable where no server answers."""
    return {b"".join(record.strings).decode(errors="replace") for record in _ask(name, "TXT")}


def alias(name: str) -> str | None:
    """The name that `name` is a CNAME of, in lower case and without the final dot. Raises Unavailable."""
    return next((str(record.target).rstrip(".").lower() for record in _ask(name, "CNAME")), None)


def addresses(name: str) -> set[str]:
    """Every address of `name`, of both kinds. Raises Unavailable."""
    return {str(record.address) for kind in ("A", "AAAA") for record in _ask(name, kind)}


def _resolver() -> dns.resolver.Resolver:
    given = settings().dns_server
    if not given:
        return dns.resolver.Resolver()
    resolver = dns.resolver.Resolver(configure=False)
    host, _, port = given.rpartition(":")
    resolver.nameservers = [host]
    resolver.port = int(port)
    return resolver


def _ask(name: str, kind: str) -> list[Any]:
    try:
        resolver = _resolver()
        # Never from a cache of ours: whoever has just corrected a record asks again at once.
        return list(resolver.resolve(name, kind, lifetime=PATIENCE, search=False))
    except _NOTHING:
        return []
    except dns.exception.DNSException as error:
        raise Unavailable(f"No pudimos preguntar al DNS por {name}. Prueba otra vez en unos minutos.") from error
