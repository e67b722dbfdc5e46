"""Our open connections to the nodes: one a node, made when first needed, kept warm."""

import asyncio
from pathlib import Path

import httpx
import structlog

from domain import access_tokens, nodes
from domain.nodes import NodePlace
from provisioning import facts, sentences
from provisioning.facts import BadAnswer, Health
from provisioning.host import Address, Host, HostKeyChanged, NodeRefused, NodeTimeout, NodeUnreachable

log = structlog.get_logger()

SESSIONS = 10  # at once on one connection: what OpenSSH allows by default

# Ways in which a node is not there for us now. None of them is the job's fault: the job waits.
AWAY = (NodeUnreachable, HostKeyChanged, NodeRefused, NodeTimeout, BadAnswer)


def address_of(place: NodePlace) -> Address:
    """The node's address as SSH wants it."""
    return Address(
        place.name, place.host, place.port, place.username, Path(place.key_file), place.known_host, place.container
    )


class Fleet:
    """Hosts by node; one whose address changed gets a new connection."""

    def __init__(self) -> None:
        self._hosts: dict[int, Host] = {}
        # One client for all: making one costs more than most of its requests.
        self.web = httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=8))

    def host(self, place: NodePlace) -> Host:
        """The connection to a node, not necessarily open."""
        address = address_of(place)
        known = self._hosts.get(place.id)
        if known is None or known.address != address:
            known = self._hosts[place.id] = Host(address, max_sessions=SESSIONS)
        return known

    async def look_after(self) -> None:
        """Asks every node how it is, which also keeps its connection open, and writes the answer down."""
        places = await asyncio.to_thread(nodes.places)
        await asyncio.gather(*(self._check(place) for place in places))

    async def _check(self, place: NodePlace) -> None:
        try:
            health = await facts.health(self.host(place))
            if access_tokens.key_id() not in health.access_keys:
                await facts.give_access_key(self.host(place), access_tokens.public_line())
                log.info("node.access_key_given", node=place.name)
        except AWAY as error:
            await self.missed(place, error)
        else:
            await asyncio.to_thread(nodes.reachable, place.id, _plain(health))

    async def missed(self, place: NodePlace, error: Exception) -> sentences.Sentence:
        """Writes down that a node did not answer; returns how to say it."""
        sentence = sentences.unreachable(place.name, str(error))
        log.warning("node.away", node=place.name, error=str(error))
        await asyncio.to_thread(nodes.unreachable, place.id, sentence.staff)
        return sentence

    async def close(self) -> None:
        """Closes every connection; what runs on the nodes goes on."""
        await asyncio.gather(*(host.close() for host in self._hosts.values()))
        self._hosts.clear()
        await self.web.aclose()


def _plain(health: Health) -> dict[str, object]:
    return dict(vars(health))
