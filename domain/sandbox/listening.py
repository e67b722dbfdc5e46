"""Listening on loopback, and only there."""

import ipaddress
import socket

# The switches have no key, so a page of another origin must not reach them under a name of its own.
HOSTS = ["127.0.0.1", "localhost", "*.localhost", "[::1]"]


class NotLoopback(ValueError):
    """The address asked for would be reachable from outside this machine."""


def loopback(host: str) -> str:
    """The address to listen on. Raises NotLoopback for any that is not this machine's own."""
    address = "127.0.0.1" if host == "localhost" else host
    try:
        inside = ipaddress.ip_address(address).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise NotLoopback(f"A stand-in listens only on loopback (127.0.0.1 or ::1), not on {host!r}.")
    return address


def listen(host: str, port: int, *, preferred: int | None = None) -> socket.socket:
    """A listening socket, which queues callers until they are served.

    With port 0, `preferred` (the last run's port, so that old links live on) is tried first.
    """
    address = loopback(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for number in dict.fromkeys(([preferred] if preferred and not port else []) + [port]):
        # The protocol is named because asyncio sets TCP_NODELAY only then: without it an answer may wait for 40 ms.
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((address, number))
        except OSError:
            sock.close()
            if number == port:
                raise
        else:
            sock.listen(2048)
            return sock
    raise AssertionError("unreachable: the last try raises or returns")


def url(sock: socket.socket, scheme: str = "http") -> str:
    """The address of a bound socket, as `http://127.0.0.1:4242`."""
    host, port = sock.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
