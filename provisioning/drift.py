"""Asks everybody for a comparison: Stripe for its subscriptions, each node for its databases, each tenant's page for an
answer. Who does not answer is written down as silent; what the others said counts all the same."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog

from domain import drift, drift_said, nodes
from domain.drift import Round
from domain.drift_said import Listed
from domain.nodes import NodePlace
from domain.settings import settings
from provisioning import facts, sentences
from provisioning.fleet import AWAY, Fleet

log = structlog.get_logger()

PAGES_AT_ONCE = 4  # on one node: its visitors come first
PAGE_SECONDS = 10.0
PATH = "/web/login"
FAILED = "No se pudo leer: mira el registro del worker."


async def look_around(fleet: Fleet) -> None:
    """One comparison, if one is due or was asked for."""
    round_ = await asyncio.to_thread(drift.begin_if_due)
    if round_ is None:
        return
    places = await asyncio.to_thread(nodes.places)
    stripe = _noted(round_, drift_said.STRIPE, None, asyncio.to_thread(drift_said.ask_stripe, round_.id))
    await asyncio.gather(stripe, *(_node(fleet, place, round_) for place in places))
    await asyncio.to_thread(drift.compare, round_)


async def _node(fleet: Fleet, place: NodePlace, round_: Round) -> None:
    listed = _list(fleet, place, round_)
    if await _noted(round_, drift_said.node_source(place.id), place, listed):
        await _noted(round_, drift_said.web_source(place.id), place, _pages(fleet, place, round_))


async def _noted(round_: Round, source: str, place: NodePlace | None, work: Coroutine[Any, Any, None]) -> bool:
    """Whether `work` came to its end; a fault of ours in reading one source is that source's silence."""
    try:
        await work
    except AWAY as error:
        said = sentences.unreachable(place.name if place else source, str(error)).staff
    except Exception:
        log.exception("drift.source_failed", source=source)
        said = FAILED
    else:
        return True
    node_id = place.id if place else None
    await asyncio.to_thread(drift_said.settle, round_.id, source, node_id=node_id, error=said)
    return False


async def _list(fleet: Fleet, place: NodePlace, round_: Round) -> None:
    there = [Listed(one.subdomain, one.state, one.job) for one in await facts.tenants(await fleet.reach(place))]
    await asyncio.to_thread(drift_said.store_listing, round_.id, place.id, there)


async def _pages(fleet: Fleet, place: NodePlace, round_: Round) -> None:
    """Every tenant's page, in pieces. One that is silent among others that answer is a bad answer; where all are, the
    fault is the node's, and nothing is said of its tenants."""
    turn = asyncio.Semaphore(PAGES_AT_ONCE)
    count, last, error = 0, "", None
    while names := await asyncio.to_thread(drift_said.to_ask, round_.id, place.id, last):
        statuses = await asyncio.gather(*(_status(fleet.web, turn, place, name) for name in names))
        if any(statuses):
            answers = dict(zip(names, statuses, strict=True))
            await asyncio.to_thread(drift_said.store_answers, round_.id, place.id, answers)
        else:
            error = f"{place.name}: no contesta ninguna página."
        count, last = count + len(names), names[-1]
    source = drift_said.web_source(place.id)
    await asyncio.to_thread(drift_said.settle, round_.id, source, node_id=place.id, count=count, error=error)


async def _status(web: httpx.AsyncClient, turn: asyncio.Semaphore, place: NodePlace, name: str) -> int:
    host = urlsplit(settings().tenant_url(name)).netloc
    async with turn:
        try:
            answer = await web.get(f"{place.http_url}{PATH}", headers={"Host": host}, timeout=PAGE_SECONDS)
        except httpx.HTTPError:
            return 0
    return answer.status_code
