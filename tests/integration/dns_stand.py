"""A DNS server on loopback that says what a test wants."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from domain.settings import settings


@dataclass
class Names:
    """What it knows: TXT strings, a CNAME or addresses (A) by name. `silent`: it answers with SERVFAIL."""

    txt: dict[str, list[str]] = field(default_factory=dict)
    cname: dict[str, str] = field(default_factory=dict)
    a: dict[str, list[str]] = field(default_factory=dict)
    silent: bool = False

    def answer(self, query: dns.message.QueryMessage) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if self.silent:
            response.set_rcode(dns.rcode.SERVFAIL)
            return response
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        known = {
            "TXT": [f'"{value}"' for value in self.txt.get(name, [])],
            "CNAME": [f"{self.cname[name]}."] if name in self.cname else [],
            "A": self.a.get(name, []),
        }
        if found := known.get(kind, []):
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *found))
        elif not any(name in table for table in (self.txt, self.cname, self.a)):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response


@pytest.fixture(name="names")
def dns_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    """The server, and DNS_SERVER pointed at it."""
    known = Names()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DNS_SERVER", f"127.0.0.1:{listener.getsockname()[1]}")
        settings.cache_clear()

        def serve() -> None:
            while True:
                try:
                    packet, sender = listener.recvfrom(4096)
                except OSError:
                    return
                if packet == b"end":
                    return
                query = dns.message.from_wire(packet)
                assert isinstance(query, dns.message.QueryMessage)
                listener.sendto(known.answer(query).to_wire(), sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield known
        listener.sendto(b"end", listener.getsockname())
        thread.join(5)
    settings.cache_clear()
