"""Where a webhook may go: never into our own networks, whatever a name says at whatever moment.

The name is resolved once for each try, every address it has is judged, and the connection is made to the address that
was judged: a name that changes between look and call (DNS rebinding) changes nothing. Redirects are not followed.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from domain.settings import settings

LONGEST = 500
# Global for Python, and yet ways into private networks: NAT64, 6to4, Teredo.
_TUNNELS = [ipaddress.ip_network(one) for one in ("64:ff9b::/96", "2002::/16", "2001::/32")]


class Refused(Exception):
    """Nothing is sent there; the message says why, in Spanish."""


@dataclass(frozen=True)
class Place:
    """Where to connect: `address` was judged; `host` is what the certificate and the Host header are about."""

    scheme: str
    host: str
    port: int
    address: str
    path: str

    @property
    def url(self) -> str:
        shown = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{shown}:{self.port}{self.path}"

    @property
    def netloc(self) -> str:
        plain = {"https": 443, "http": 80}[self.scheme] == self.port
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if plain else f"{shown}:{self.port}"


def problem(url: str) -> tuple[str, str] | None:
    """Code and sentence of what is wrong with an address as it was typed; the name is not looked up."""
    try:
        _parsed(url.strip())
    except Refused as refused:
        return "refused", str(refused)
    return None


def place(url: str) -> Place:
    """Where this address leads now. Raises Refused."""
    scheme, host, port, path = _parsed(url)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused("El nombre no lleva a ninguna dirección.") from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not addresses or not all(_allowed(one) for one in addresses):
        raise Refused("El nombre lleva a una red privada: ahí no enviamos nada.")
    if scheme == "http" and not all(_known(one) for one in addresses):
        raise Refused("Usa https.")
    return Place(scheme, host, port, addresses[0], path)


def _parsed(url: str) -> tuple[str, str, int, str]:
    if len(url) > LONGEST or any(ord(c) <= 32 or ord(c) == 127 for c in url):
        raise Refused("Escribe una dirección de 500 letras como máximo, sin espacios.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused("Escribe una dirección completa, como https://mi-empresa.com/avisos.") from error
    if parts.scheme not in (("https", "http") if settings().hook_networks else ("https",)) or not host:
        raise Refused("Escribe una dirección completa, que empiece por https://.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Refused("Sin usuario, contraseña ni «#» en la dirección.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, host, port or {"https": 443, "http": 80}[parts.scheme], path


def _allowed(address: str) -> bool:
    if _known(address):
        return True
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    tunnel = any(parsed in network for network in _TUNNELS if network.version == parsed.version)
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved and not tunnel


def _known(address: str) -> bool:
    """Whether it is in one of the operator's own networks, which HOOK_NETWORKS opens."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return any(parsed in network for network in settings().hook_nets if network.version == parsed.version)
