"""Signed deliveries over many kept-open connections, by a client that costs next to nothing itself."""

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

Delivery = tuple[bytes, str]


@dataclass(frozen=True)
class Answers:
    """`rate` in deliveries a second; `times` in milliseconds, one each."""

    rate: float
    times: list[float]


def fire(url: str, deliveries: list[Delivery], connections: int = 64) -> Answers:
    """Delivers all of them, over so many connections at once. Raises RuntimeError on an answer other than 200."""
    return asyncio.run(_fire(url, deliveries, connections))


async def _fire(url: str, deliveries: list[Delivery], connections: int) -> Answers:
    address, times, waiting = urlsplit(url), list[float](), iter(deliveries)

    async def one_after_the_other() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for body, signature in waiting:
            began = time.perf_counter()
            head = (
                f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
                f"Stripe-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode() + body)
            await _answered(reader)
            times.append((time.perf_counter() - began) * 1000)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(connections)))
    return Answers(len(deliveries) / (time.perf_counter() - began), times)


async def _answered(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0)
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{head[:40]!r} {body[:300]!r}")
