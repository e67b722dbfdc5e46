"""One script on one node, from wherever it stands to its end: begun, followed, or found done. A cut connection is read
on from the last whole line; the script itself goes on over there."""

import asyncio
import json
from collections.abc import Callable

import structlog

from provisioning import commands, facts
from provisioning.facts import JobState
from provisioning.host import Host, NodeUnreachable
from provisioning.placement import Assignment
from provisioning.transcript import Transcript

log = structlog.get_logger()

REFUSED = (64, 65)  # the kit's words for "not begun, and nothing changed"
BREATH = 0.2  # seconds before a cut connection is opened again
VERBS: dict[str, Callable[[int, str], list[str]]] = {
    "create_tenant": commands.create_tenant,
    "suspend_tenant": commands.suspend,
    "resume_tenant": commands.resume,
    "archive_tenant": commands.archive,
    "archive_stray": commands.archive,
    "delete_left": commands.delete,
    "clone_tenant": commands.clone,
    "delete_tenant": commands.delete,
    "set_domain": commands.set_domain,
    "update_modules": commands.update_modules,
    "set_password": commands.set_password,
    "backup_tenant": commands.backup,
    "restore_tenant": commands.restore,
    "prove_backup": commands.prove,
}
# Phases of a job that has several.
PHASE_VERBS: dict[str, Callable[[int, str], list[str]]] = {"move_in": commands.move_in, "move_open": commands.move_open}
# Scripts that are about the node itself.
NODE_VERBS: dict[str, Callable[[int, str], list[str]]] = {"build_blueprint": commands.build_blueprint}


class ScriptFailed(Exception):
    """The script ended badly; `code` is None where it vanished (the node was restarted, or it was killed)."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"exit {code}")
        self.code = code


class Errand:
    """The talk with one node about one job."""

    def __init__(self, assignment: Assignment, host: Host, transcript: Transcript) -> None:
        self.assignment = assignment
        self.host = host
        self.transcript = transcript
        self.ended = False  # the script is not running any more, as far as we know
        self._heard_at_cut = -1

    async def carry_out(self) -> None:
        """Returns when the script has done its work and its log is read to the end.

        A first attempt begins at once; every later one asks first. What failed before we came is tried again, what
        fails while we look is reported. Raises ScriptFailed, and what `host.run` raises.
        """
        state = await self._ask() if self.assignment.attempt > 1 else JobState("absent", None, 0)
        log.info("errand.begins", found=state.state)
        if state.state == "failed":
            await self._hear(self._following())
            state = JobState("absent", None, 0)
        vanished = 0
        while True:
            # The verb itself, also where it runs or has run: it joins, and checks that the job is this one.
            status = await self._hear(*self._beginning())
            if status == 0:
                self.ended = True
                return
            state = await self._ask()
            self.ended = state.state != "running"
            if state.state == "failed":
                raise ScriptFailed(state.exit_status)
            if status in REFUSED or (state.state == "absent" and status is not None):
                raise ScriptFailed(status)
            vanished += state.state == "lost"
            if vanished > 1:
                raise ScriptFailed(None)

    async def stop(self) -> str:
        """Ends the script on the node and reads what it still said; returns what became of it."""
        state = await facts.stop_job(self.host, self.assignment.ticket)
        self.transcript.no_further_than(state.bytes)
        log.info("errand.stopped", state=state.state)
        if state.state != "absent":
            await self._hear(self._following())
        return state.state

    async def _ask(self) -> JobState:
        state = await facts.job_state(self.host, self.assignment.ticket)
        # A node that was made anew has another file: the next reader must not begin beyond its end.
        self.transcript.no_further_than(state.bytes)
        return state

    async def _hear(self, argv: list[str], stdin: bytes = b"") -> int | None:
        """The exit status once the output has ended; None where the connection was cut, and something had come since
        the cut before: then it is worth asking again at once.

        Standard output is the log, byte by byte; what a verb says of itself, on stderr, is in no file of the node.
        """
        try:
            done = await self.host.run(argv, stdin=stdin, on_chunk=self.transcript.feed)
        except NodeUnreachable as error:
            if self.transcript.fed == self._heard_at_cut:
                raise
            log.warning("errand.cut", error=str(error), at=self.transcript.rewind())
            self._heard_at_cut = self.transcript.fed
            status = None
        else:
            self.transcript.aside(done.output)
            status = done.exit_status
        if status != 0:
            await asyncio.sleep(BREATH)
        return status

    def _beginning(self) -> tuple[list[str], bytes]:
        verb = {**VERBS, **PHASE_VERBS, **NODE_VERBS}[self.assignment.kind]
        words = verb(self.assignment.node.container, self.assignment.target)
        payload = {**self.assignment.payload, "offset": self.transcript.rewind()}
        return words, json.dumps(payload, ensure_ascii=False).encode() + b"\n"

    def _following(self) -> list[str]:
        return commands.probe_follow(self.assignment.node.container, self.assignment.ticket, self.transcript.rewind())
