"""Jobs on a node itself. `join_node`: contact through the gate, kit, template, measures; only then it opens.

Every step asks the node and changes nothing that is right already, so a job that comes again simply does it all again.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from domain import database, jobs, joining
from domain.formats import number
from domain.jobs import WorkOrder
from domain.nodes import NodePlace
from domain.states import JobStatus
from provisioning import facts, kit, sentences
from provisioning.facts import BadAnswer, Health, Measures
from provisioning.fleet import Fleet, plain
from provisioning.host import Host
from provisioning.placement import mine
from provisioning.transcript import Transcript

log = structlog.get_logger()
GIGABYTE = 1024**3


class NotFit(Exception):
    """The node answers and is not as it must be; says what to do (Spanish)."""


async def run(order: WorkOrder, place: NodePlace, fleet: Fleet) -> None:
    """Does the job to its end. Raises what `fleet.reach` and `host.run` raise: then it waits."""
    # Probes may not have found it well yet, and nothing but this job would make them.
    host = fleet.host(place)
    await host.connect()
    transcript = Transcript(order.job_id, attempt=order.attempt, last_line=order.last_line)
    error = ""
    try:
        try:
            await _join(host, place, transcript)
        except NotFit as unfit:
            error = str(unfit)
            transcript.note(f"\x1b[31m{error}\x1b[0m")
        except BadAnswer as answer:
            error = sentences.unreachable(place.name, str(answer)).staff
            for line in answer.output.splitlines()[-5:]:
                transcript.note(line)
            transcript.note(f"\x1b[31m{error}\x1b[0m")
        await transcript.finish()
    finally:
        await transcript.close()
    await asyncio.to_thread(_end, order, error)


async def _join(host: Host, place: NodePlace, transcript: Transcript) -> None:
    said: Callable[[str], None] = transcript.note
    transcript.begin_step("contact")
    await _contact(host, place, said)
    transcript.begin_step("kit")
    health = await _kit(host, said)
    transcript.begin_step("template")
    if not health.template_ready:
        raise NotFit(
            f"El contenedor no tiene la plantilla {health.template}, o no está cerrada (ALLOW_CONNECTIONS false, "
            "IS_TEMPLATE): prepárala y reintenta."
        )
    said(f"plantilla {health.template} lista; PostgreSQL {health.postgresql}")
    await _strangers(host, place, said)
    transcript.begin_step("measure")
    measures = await facts.measures(host)
    _tell(health, measures, said)
    transcript.begin_step("open")
    await asyncio.to_thread(joining.joined, place.id, plain(health), measures)
    said(f"\x1b[32m{place.name} admite pedidos\x1b[0m")


async def _contact(host: Host, place: NodePlace, said: Callable[[str], None]) -> None:
    said(f"ssh {place.username}@{place.host}:{place.port}, clave de host fijada")
    try:
        container = await facts.gate_container(host)
    except BadAnswer as answer:
        raise NotFit(
            "Nuestra clave no está ligada a la puerta de Alta en este host. Une el nodo otra vez con node add."
        ) from answer
    if container != place.container:
        raise NotFit(f"La puerta de este host lleva al contenedor {container}, no al {place.container}.")
    said(f"la puerta solo deja pasar al contenedor {container}")


async def _kit(host: Host, said: Callable[[str], None]) -> Health:
    before = await _maybe(facts.health(host))
    if before is None or kit.belongs(before.kit, before.version):
        installed = await facts.install_kit(host)
        said(f"scripts {kit.version()} copiados y comprobados ({installed[:12]})")
    else:
        said(f"scripts {before.version} ya estaban ({before.kit[:12]})")
    return await facts.health(host)


async def _maybe(asked: Awaitable[Health]) -> Health | None:
    try:
        return await asked
    except BadAnswer:  # a container without a kit, or with one from before kits had hashes
        return None


async def _strangers(host: Host, place: NodePlace, said: Callable[[str], None]) -> None:
    """Tenants that are not in our rows: another panel's, or ours from a lost database. They are never touched."""
    there = {tenant.subdomain for tenant in await facts.tenants(host) if tenant.state not in ("archived", "snapshot")}
    ours = await asyncio.to_thread(joining.names_on, place.id)
    if strange := sorted(there - ours):
        said(
            f"\x1b[33m{number(len(strange))} instancias de este nodo no son de este panel ({', '.join(strange[:5])}"
            f"{'…' if len(strange) > 5 else ''}): no se tocan, y sus nombres no se pueden dar aquí.\x1b[0m"
        )


def _tell(health: Health, measures: Measures, said: Callable[[str], None]) -> None:
    rates = ", ".join(f"{at_once} a la vez: {number(rate, decimals=1)}/s" for at_once, rate in measures.rates.items())
    said(f"clona en {number(measures.clone_ms)} ms ({rates}); se harán {measures.concurrency} trabajos a la vez")
    said(
        f"{number(health.disk_free / GIGABYTE, decimals=1)} GB de disco y "
        f"{number(health.memory_free / GIGABYTE, decimals=1)} GB de memoria libres, {health.cpus} procesadores"
    )
    said(f"Odoo {measures.odoo}" if measures.odoo else "no se sabe qué Odoo hizo la plantilla")


def _end(order: WorkOrder, error: str) -> None:
    with database.transaction() as session:
        mine(session, order)
        status = JobStatus.FAILED if error else JobStatus.SUCCEEDED
        jobs.finish(session, order.job_id, status, error=error or None)
        database.notify(session, f"node:{order.node_id}")
    log.info("job.succeeded" if not error else "job.failed", error=error)
