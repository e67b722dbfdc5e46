"""What the worker does with a job, as the sentences of a procedure. Whatever happened before, it asks and goes on from
there; whatever happens now, the job comes to an ending, waits, or is left to whoever has taken it."""

import asyncio
from dataclasses import dataclass
from typing import NoReturn

import structlog
from sqlalchemy.exc import SQLAlchemyError

from domain import database, job_kinds, jobs, moves, nodes
from domain.errors import AltaError
from domain.job_kinds import KINDS
from domain.jobs import WorkOrder
from provisioning import archives, causes, endings, first_page, moving, node_jobs, placement, sentences, watch
from provisioning.errand import NODE_VERBS, Errand, ScriptFailed
from provisioning.first_page import NoFirstPage
from provisioning.fleet import AWAY, Fleet
from provisioning.moving import Move
from provisioning.placement import Assignment, NoRoom, Refused, Superseded
from provisioning.sentences import Sentence
from provisioning.transcript import Transcript

log = structlog.get_logger()


TURN = 2.0  # seconds that a job waits in a worker's hand for its turn on its node


class Later(Exception):
    """The job is on hold; the queue brings it again, `soon` where it only waits for its turn."""

    def __init__(self, why: str, *, soon: bool = False) -> None:
        super().__init__(why)
        self.soon = soon


@dataclass
class Desk:
    """What lies on the desk while one job is worked on."""

    assignment: Assignment
    transcript: Transcript
    errand: Errand
    fleet: Fleet
    move: Move | None = None


async def run_job(job_id: int, fleet: Fleet) -> None:
    """Takes a job as far as it goes now. Raises Later, and the database's errors: the queue brings it again."""
    order = await asyncio.to_thread(jobs.begin, job_id)
    if order is None:
        log.info("job.ended_before")
        return
    log.info("job.begins", kind=order.kind, attempt=order.attempt)
    try:
        await _take_on(order, fleet)
    except Superseded:
        log.warning("job.superseded", attempt=order.attempt)


async def _take_on(order: WorkOrder, fleet: Fleet) -> None:
    if KINDS[order.kind].about == "node":
        await _with_node(order, fleet)
        return
    try:
        assignment = await asyncio.to_thread(_assign, order, fleet)
    except Refused as refused:
        sentence = sentences.not_allowed(KINDS[order.kind].title, refused.state)
        await asyncio.to_thread(endings.not_begun, order, sentence)
    except NoRoom as why:
        if order.stop_asked:  # no node has it: there is nothing to stop
            await asyncio.to_thread(endings.cancelled, order)
        else:
            await _wait(order, sentences.no_room(str(why), silent=why.silent))
    else:
        await _go(order, assignment, fleet)


async def _go(order: WorkOrder, assignment: Assignment, fleet: Fleet) -> None:
    """To the tenant's node; a new tenant's order to another one where that does not answer and has heard of nothing."""
    silent: set[int] = set()
    while True:
        with structlog.contextvars.bound_contextvars(tenant=assignment.subdomain, node=assignment.node.name):
            try:
                await fleet.reach(assignment.node)
                if not assignment.begun:
                    await asyncio.to_thread(_begin_on, order, assignment.node.id)
                await _in_its_turn(order, assignment, fleet)
            except AWAY as error:
                sentence = await fleet.missed(assignment.node, error)
                silent.add(assignment.node.id)
                other = await asyncio.to_thread(_elsewhere, order, assignment, silent)
                if other is None:
                    await _wait(order, sentence)
                log.warning("job.elsewhere", instead=other.node.name)
                assignment = other
            except archives.StoreAway as away:
                await _wait(order, sentences.store_away(away.message))
            else:
                return


async def _in_its_turn(order: WorkOrder, assignment: Assignment, fleet: Fleet) -> None:
    """At most so many jobs at once on one node: who waits too long for a turn lets others use the worker meanwhile.

    Those that may take an hour do not count: orders would wait for them.
    """
    if KINDS[order.kind].time_limit is not None:
        await _work(assignment, fleet)
        return
    slots = fleet.slots(assignment.node)
    try:
        async with asyncio.timeout(TURN):
            await slots.acquire()
    except TimeoutError:
        await _wait(order, sentences.busy(assignment.node.name, assignment.node.concurrency), soon=True)
    try:
        await _work(assignment, fleet)
    finally:
        slots.release()


def _assign(order: WorkOrder, fleet: Fleet) -> Assignment:
    with database.transaction() as session:
        return placement.assign(session, order, fleet.connected)


def _assign_node(order: WorkOrder) -> Assignment:
    with database.transaction() as session:
        return placement.on_node(session, order)


def _begin_on(order: WorkOrder, node_id: int) -> None:
    with database.transaction() as session:
        placement.begin_on(session, order, node_id)


def _elsewhere(order: WorkOrder, assignment: Assignment, silent: set[int]) -> Assignment | None:
    with database.transaction() as session:
        return placement.elsewhere(session, assignment, order, silent)


async def _with_node(order: WorkOrder, fleet: Fleet) -> None:
    """A job on a node itself: a script of its own there, or a talk with it. It has no customer who waits."""
    place = await asyncio.to_thread(nodes.place_of, order.node_id or 0)
    with structlog.contextvars.bound_contextvars(node=place.name):
        try:
            if order.kind in NODE_VERBS:
                await fleet.reach(place)
                await _work(await asyncio.to_thread(_assign_node, order), fleet)
            else:
                await node_jobs.run(order, place, fleet)
        except AWAY as error:
            await _wait(order, await fleet.missed(place, error))


async def _wait(order: WorkOrder | Assignment, sentence: Sentence, *, soon: bool = False) -> NoReturn:
    await asyncio.to_thread(endings.hold, order, sentence)
    raise Later(sentence.staff, soon=soon)


async def _work(assignment: Assignment, fleet: Fleet) -> None:
    transcript = Transcript(
        assignment.job_id,
        attempt=assignment.attempt,
        log_bytes=assignment.log_bytes,
        last_line=assignment.last_line,
        secrets=assignment.secrets,
    )
    errand = Errand(assignment, fleet.host(assignment.node), transcript)
    desk = Desk(assignment, transcript, errand, fleet)
    try:
        await _to_an_end(desk)
    except AWAY as error:
        if desk.move is None:
            raise
        await _wait(assignment, await fleet.missed(desk.move.at, error))
    except AltaError as error:
        if error.code == "log_moved":
            raise Superseded from error
        raise
    except (Later, Superseded, SQLAlchemyError, archives.StoreAway, *AWAY):
        raise
    except Exception as error:
        log.exception("job.internal_error")
        await asyncio.to_thread(endings.fail, assignment, sentences.internal(error))
    finally:
        await transcript.close()


async def _to_an_end(desk: Desk) -> None:
    """The procedure under watch, and then the ending that it came to."""
    failure: Sentence | None = None
    stopped = desk.assignment.stop_asked
    try:
        if desk.assignment.kind == moves.KIND:
            desk.move = await moving.prepared(desk.assignment, desk.transcript, desk.fleet)
        if not stopped:
            limit = KINDS[desk.assignment.kind].time_limit
            await watch.until_done(_procedure(desk), desk.transcript, limit)
    except watch.StopAsked:
        stopped = True
    except watch.TimeUp as over:
        failure = sentences.over_time(over.seconds, over.step and job_kinds.step(desk.assignment.kind, over.step).title)
    except ScriptFailed as failed:
        failure = sentences.script_failed(failed.code, desk.transcript.last_lines())
    except NoFirstPage as answer:
        failure = sentences.no_first_page(str(answer))
    except archives.Unusable as unusable:
        failure = sentences.unusable(unusable.message)
    if stopped or (failure is not None and not desk.errand.ended):
        await (desk.move.errand or desk.errand if desk.move else desk.errand).stop()
    if failure is not None and not stopped:
        failure = await causes.behind(failure, desk.errand.host)
        if failure.passes and desk.assignment.attempt < causes.TRIES:
            await desk.transcript.finish()
            await _wait(desk.assignment, failure)
        failure = sentences.still(failure) if failure.passes else failure
    if (stopped or failure is not None) and desk.move is not None:
        await desk.move.undo(failure.staff if failure else endings.CANCELLED)
    elif stopped or failure is not None:
        await archives.tidy(desk.errand)
    await desk.transcript.finish()
    await asyncio.to_thread(_conclude, desk, stopped, failure)


def _conclude(desk: Desk, stopped: bool, failure: Sentence | None) -> None:
    if stopped:
        endings.cancelled(desk.assignment)
        log.info("job.cancelled")
    elif failure is not None:
        endings.fail(desk.assignment, failure)
        log.warning("job.failed", error=failure.staff)
    else:
        endings.succeed(desk.assignment, desk.transcript.result or {})
        log.info("job.succeeded")


async def _procedure(desk: Desk) -> None:
    """The script on the node, with what it needs before and leaves behind, then what only a visitor can see: steps
    done before are not done again."""
    if desk.move is not None:
        await desk.move.carry_out()
        return
    await archives.bring(desk.errand)
    await desk.errand.carry_out()
    await archives.take(desk.errand, desk.fleet.web)
    if first_page.wanted(desk.assignment):
        desk.transcript.begin_step(first_page.STEP)
        desk.transcript.note(await first_page.seen(desk.fleet.web, desk.assignment.node, desk.assignment.host_header))
