"""Our open connections to the nodes: one a node, made when first needed, kept warm."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import structlog

from domain import access_tokens, nodes
from domain.nodes import NodePlace
from domain.settings import settings
from domain.states import NodeState
from provisioning import facts, kit, sentences
from provisioning.facts import BadAnswer, Health
from provisioning.host import (
    Address,
    Host,
    HostKeyChanged,
    NodeRefused,
    NodeTimeout,
    NodeUnreachable,
    presented_key,
)

log = structlog.get_logger()


class KnownAway(NodeUnreachable):
    """Not even tried: the node's breaker is open, or it shows another key. Says what was last found."""


class WebSilent(NodeUnreachable):
    """Its web side does not answer for a tenant: that may be the tenant, and speaks against no node."""


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
        self._slots: dict[int, tuple[int, asyncio.Semaphore]] = {}
        self._kit_seen: set[int] = set()  # nodes whose kit this process has compared with its own
        # One client for all: making one costs more than most of its requests.
        self.web = httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=8))

    def host(self, place: NodePlace) -> Host:
        """The connection to a node, not necessarily open."""
        address = address_of(place)
        known = self._hosts.get(place.id)
        if known is None or known.address != address:
            known = self._hosts[place.id] = Host(address, max_sessions=settings().node_sessions)
        return known

    def connected(self, node_id: int) -> bool:
        """Whether a connection to it is open, as far as we know."""
        known = self._hosts.get(node_id)
        return known is not None and known.connected

    async def reach(self, place: NodePlace) -> Host:
        """The node with its connection open. Raises one of AWAY: at once where it is known to be unreachable, so that
        no job waits in vain, and always before anything was sent."""
        if place.key_alarm:
            raise KnownAway(f"{place.name}: host key {place.key_alarm}")
        if place.doubtful:
            raise KnownAway(place.last_error or f"{place.name}: closed")
        host = self.host(place)
        await host.connect()
        return host

    def slots(self, place: NodePlace) -> asyncio.Semaphore:
        """What bounds the jobs that this worker does there at once."""
        bound, slots = self._slots.get(place.id, (0, asyncio.Semaphore()))
        if bound != place.concurrency:
            slots = asyncio.Semaphore(place.concurrency)
            self._slots[place.id] = (place.concurrency, slots)
        return slots

    async def look_after(self) -> None:
        """Asks every node how it is, which also keeps its connection open, and writes the answer down."""
        await self._look(lambda _: True)

    async def probe_doubtful(self) -> None:
        """Asks those whose breaker is not closed, more often than the others."""
        await self._look(lambda place: place.doubtful)

    async def _look(self, wanted: Callable[[NodePlace], bool]) -> None:
        places = [place for place in await asyncio.to_thread(nodes.places) if wanted(place)]
        await asyncio.gather(*(self._check(place) for place in places))

    async def _check(self, place: NodePlace) -> None:
        host = self.host(place)
        try:
            health = await facts.health(host)
            if place.id not in self._kit_seen and place.state != NodeState.JOINING:
                self._kit_seen.add(place.id)
                if kit.belongs(health.kit, health.version):
                    health = await self._upgrade(place, health)
            if place.state != NodeState.JOINING and access_tokens.key_id() not in health.access_keys:
                await self._give_access_key(place)
        except AWAY as error:
            await self.missed(place, error)
        else:
            await asyncio.to_thread(nodes.reachable, place.id, plain(health))

    async def _give_access_key(self, place: NodePlace) -> None:
        try:
            await facts.give_access_key(self.host(place), access_tokens.public_line())
        except BadAnswer as error:  # a kit that knows nothing of it is no reason to give a node up
            log.warning("node.access_key_refused", node=place.name, error=str(error))
        else:
            log.info("node.access_key_given", node=place.name)

    async def _upgrade(self, place: NodePlace, before: Health) -> Health:
        """Our kit in place of an older one. Where that does not work the old one goes on, and staff see it."""
        try:
            await facts.install_kit(self.host(place))
        except BadAnswer as error:
            log.warning("node.kit_refused", node=place.name, kit=before.kit, error=str(error), said=error.output)
            return before
        log.info("node.kit_installed", node=place.name, before=before.kit, kit=kit.digest())
        return await facts.health(self.host(place))

    async def missed(self, place: NodePlace, error: Exception) -> sentences.Sentence:
        """Writes down that a node did not answer; returns how to say it."""
        if isinstance(error, KnownAway):
            return sentences.known_away(place.name, str(error))
        sentence = sentences.unreachable(place.name, str(error))
        log.warning("node.away", node=place.name, error=str(error))
        if isinstance(error, HostKeyChanged):
            await asyncio.to_thread(nodes.other_key, place.id, await _shown(place), sentence.staff)
        else:
            counts = not isinstance(error, WebSilent)
            await asyncio.to_thread(nodes.unreachable, place.id, sentence.staff, counts=counts)
        return sentence

    async def close(self) -> None:
        """Closes every connection; what runs on the nodes goes on."""
        await asyncio.gather(*(host.close() for host in self._hosts.values()))
        self._hosts.clear()
        await self.web.aclose()


def plain(health: Health) -> dict[str, object]:
    """As the node's row keeps it; `kit_ok`: the kit is this panel's, or a newer one's."""
    return {**vars(health), "kit_ok": not kit.belongs(health.kit, health.version)}


async def _shown(place: NodePlace) -> str:
    """The fingerprint of the key that is shown in the pinned one's place."""
    try:
        return (await presented_key(place.host, place.port))[1]
    except NodeUnreachable:
        return "?"
