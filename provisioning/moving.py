"""A tenant's way to another node: two copies, the second one short and behind a page, and never open on both.

The order is the safety. It is closed on the old node before anything is final; the new one's copy is counted and
closed; then our row says that it lives there; only then it is opened. Whatever fails before that word is undone: the
old node opens again. After it there is only the way forward. Each phase is a script with a name of its own on its
node, so that whoever comes back asks and goes on.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from domain import moves
from domain.moves import Journey
from domain.nodes import NodePlace
from domain.placing import NoNode
from provisioning import commands, facts, first_page
from provisioning.archives import PIECE, PIECE_SECONDS, Unusable
from provisioning.errand import BREATH, Errand
from provisioning.facts import Archive, BadAnswer
from provisioning.fleet import Fleet
from provisioning.host import Host, NodeUnreachable
from provisioning.placement import Assignment
from provisioning.transcript import Transcript


@dataclass(frozen=True)
class Phase:
    """One script: `name` is a letter that is added to the job's name on the node; `verb` as in `errand`; `old`: on the
    node that the tenant leaves."""

    name: str
    step: str
    verb: str
    old: bool = False


COPY, FILES = Phase("a", "copy", "backup_tenant", old=True), Phase("b", "files", "move_in")
CLOSE, LAST = Phase("c", "close", "suspend_tenant", old=True), Phase("d", "last", "backup_tenant", old=True)
LOAD, SWITCH = Phase("e", "load", "move_in"), Phase("f", "switch", "move_open")
LEAVE = Phase("g", "leave", "archive_tenant", old=True)
UNDO = Phase("u", "deshacer", "resume_tenant", old=True)
BEFORE = (COPY, FILES, CLOSE, LAST, LOAD)  # what can be undone


async def prepared(assignment: Assignment, transcript: Transcript, fleet: Fleet) -> "Move":
    """The move as far as it has come. Raises Unusable where no node can take it."""
    found = await asyncio.to_thread(moves.journey, assignment.job_id)
    if isinstance(found, NoNode):
        raise Unusable(f"Ningún otro nodo puede con esta instancia ({found.why}).")
    return Move(assignment, transcript, found, fleet)


class Move:
    """One job that moves one tenant. `errand` is the phase that runs, `at` the node that was spoken to last."""

    def __init__(self, assignment: Assignment, transcript: Transcript, journey: Journey, fleet: Fleet) -> None:
        self.errand: Errand | None = None
        self.at = journey.old
        self._assignment, self._transcript, self._journey, self._fleet = assignment, transcript, journey, fleet
        self._old, self._new = fleet.host(journey.old), fleet.host(journey.new)
        self._begun, self._switched = journey.phase, journey.switched
        if journey.phase:
            transcript.in_phases()

    async def carry_out(self) -> None:
        """The whole way. Raises what `Errand.carry_out` and `first_page.seen` raise, and Unusable."""
        if self._journey.problem and not self._switched:
            raise Unusable(self._journey.problem)
        for node in (self._journey.old, self._journey.new):
            self.at = node
            await self._fleet.reach(node)
        if not self._switched:
            first, last = await self._two_copies()
            self._transcript.note(f"{first.files} archivos en la primera copia, {last.files} nuevos en la segunda")
            await asyncio.to_thread(moves.switch, self._assignment.job_id, self._assignment.attempt)
            self._switched = True
        await self._script(SWITCH, {"state": self._journey.state, "staging_of": self._journey.staging_of})
        await asyncio.to_thread(moves.opened, self._assignment.job_id)
        await self._see()
        result = await self._script(LEAVE, {}) or {}
        await self._discard(self._journey.old, COPY, LAST, anew=False)
        await self._discard(self._journey.new, COPY, LAST, anew=False)
        kept = result.get("database") or f"archived-{self._journey.subdomain}-{self._ticket(LEAVE)}"
        self._transcript.result = {"kept": kept, "kept_on": self._journey.old.id}

    async def _two_copies(self) -> tuple[Archive, Archive]:
        await self._script(COPY, {})
        first = await self._carry(COPY)
        await self._script(FILES, {"sha256": first.sha256})
        if self._journey.state == "ready":
            await self._script(CLOSE, {"reason": "moving", "portal": ""})
        await self._script(LAST, {"without": self._ticket(COPY)})
        last = await self._carry(LAST)
        await self._script(LOAD, {"last": self._ticket(LAST), "sha256": last.sha256})
        return first, last

    async def undo(self, why: str) -> None:
        """Nothing happened: the old node opens it again, the new one has nothing of it. Once our row says that it lives
        on the new node there is nothing to undo. Raises AWAY: then later, by whoever takes the job up again."""
        if self._switched:
            return
        await asyncio.to_thread(moves.undoing, self._assignment.job_id, why)
        await self._discard(self._journey.new, FILES, LOAD, COPY, LAST)
        if self._journey.state == "ready":
            await self._script(UNDO, {})
        await self._discard(self._journey.old, *(phase for phase in BEFORE if phase.old), UNDO)
        await asyncio.to_thread(moves.undone, self._assignment.job_id)

    async def _script(self, phase: Phase, more: dict[str, Any]) -> dict[str, Any] | None:
        """Runs a phase's script, or takes up the one that was begun; its result."""
        assignment = self._assignment
        host, node = (self._old, self._journey.old) if phase.old else (self._new, self._journey.new)
        self.at = node
        ticket, again = self._ticket(phase), self._begun == phase.name
        if not again:
            state = await facts.job_state(host, ticket)
            if state.state == "ok":
                return None  # done before somebody else took this job up
            await self._transcript.begin_phase(phase.name, phase.step, state.bytes)
            self._begun = phase.name
        words = {**assignment.payload, "job": ticket, "first": self._ticket(COPY), **more}
        attempt = 2 if again or assignment.attempt > 1 else 1
        own = replace(assignment, ticket=ticket, kind=phase.verb, node=node, payload=words, attempt=attempt)
        self.errand = Errand(own, host, self._transcript)
        await self.errand.carry_out()
        await self._transcript.flush()
        return self._transcript.result

    async def _carry(self, phase: Phase) -> Archive:
        """An archive from the old node to the new one, in pieces: nothing waits here but one of them."""
        self.at = self._journey.old
        ticket = self._ticket(phase)
        about = await facts.archive(self._old, ticket)
        pieces = _Pieces(self._new, self._journey.new.container, ticket)
        while pieces.passed < about.bytes:
            before = pieces.passed
            argv = commands.fetch(self._journey.old.container, ticket, before)
            try:
                done = await self._old.run(argv, on_chunk=pieces.take)
                await pieces.rest()
            except NodeUnreachable:
                pieces.forget()
                if pieces.passed == before:
                    raise
                await asyncio.sleep(BREATH)
            else:
                if done.exit_status != 0 or pieces.passed == before:
                    at = f"{pieces.passed} of {about.bytes}"
                    raise BadAnswer(f"fetch.sh ended with {done.exit_status} at {at}", done.said)
        self._transcript.note(f"{about.bytes} bytes de {self._journey.old.name} a {self._journey.new.name}")
        return about

    async def _see(self) -> None:
        if self._journey.state == "ready" and first_page.STEP not in self._assignment.steps_done:
            self._transcript.begin_step(first_page.STEP)
            header = self._assignment.host_header
            self._transcript.note(await first_page.seen(self._fleet.web, self._journey.new, header))

    async def _discard(self, node: NodePlace, *phases: Phase, anew: bool = True) -> None:
        self.at = node
        for phase in phases:
            argv = commands.discard(node.container, self._ticket(phase), anew=anew)
            done = await self._fleet.host(node).run(argv, timeout=PIECE_SECONDS)
            if done.exit_status != 0:
                raise BadAnswer(f"discard.sh ended with {done.exit_status}", done.said)

    def _ticket(self, phase: Phase) -> str:
        return f"{self._assignment.ticket}{phase.name}"


class _Pieces:
    """Bytes on their way into a node, at most one piece of them here. `passed`: how many it has."""

    def __init__(self, host: Host, container: int, ticket: str) -> None:
        self._host, self._container, self._ticket = host, container, ticket
        self._held = bytearray()
        self.passed = 0

    async def take(self, chunk: bytes) -> None:
        """Keeps a chunk; sends when a piece is full."""
        self._held += chunk
        if len(self._held) >= PIECE:
            await self.rest()

    async def rest(self) -> None:
        """Sends what is held."""
        if not self._held:
            return
        argv = commands.receive(self._container, self._ticket, self.passed)
        done = await self._host.run(argv, bytes(self._held), timeout=PIECE_SECONDS)
        if done.exit_status != 0:
            raise Unusable(f"El nodo nuevo no acepta la copia: {done.said}")
        self.passed += len(self._held)
        self._held.clear()

    def forget(self) -> None:
        """Drops what is held: it is read again."""
        self._held.clear()
