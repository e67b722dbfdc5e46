"""The last step of a new or resumed tenant: seeing its first page as a visitor would."""

import asyncio

import httpx

from domain.job_kinds import KINDS
from domain.nodes import NodePlace
from domain.states import TenantState
from provisioning.fleet import WebSilent
from provisioning.placement import Assignment

STEP = "first_page"
PATH = "/web/login"
LIMIT = 30.0  # seconds that a fresh Odoo gets to answer well
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds between two looks


class NoFirstPage(Exception):
    """It answered, but not well: says what."""


def wanted(assignment: Assignment) -> bool:
    """True where the job's kind ends with this step and it was not done before; a suspended tenant shows none."""
    if assignment.kind == "restore_tenant" and assignment.observed == TenantState.SUSPENDED:
        return False
    return any(step.name == STEP for step in KINDS[assignment.kind].steps) and STEP not in assignment.steps_done


async def seen(web: httpx.AsyncClient, node: NodePlace, host_header: str) -> str:
    """Asks `node` for the login page at `host_header` until it answers 200; returns a line for the log.

    Raises NoFirstPage when it never did, WebSilent when nothing answered at all.
    """
    loop = asyncio.get_running_loop()
    end, pause, answer = loop.time() + LIMIT, FIRST_PAUSE, ""
    while True:
        began = loop.time()
        try:
            response = await web.get(f"{node.http_url}{PATH}", headers={"Host": host_header}, timeout=10)
        except httpx.TransportError as error:
            answer = answer if answer.startswith("HTTP") else f"{type(error).__name__}: {error}"
        else:
            if response.status_code == httpx.codes.OK:
                return f"\x1b[32mGET {PATH} · 200 en {(loop.time() - began) * 1000:.0f} ms\x1b[0m"
            answer = f"HTTP {response.status_code}"
        if loop.time() + pause > end:
            break
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    if answer.startswith("HTTP"):
        raise NoFirstPage(f"{PATH}: {answer}")
    raise WebSilent(f"{node.name}: web {answer}")
