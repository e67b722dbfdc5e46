"""Asks every running tenant, once an hour, how much of it is used. One question a node at a time: jobs go first."""

import asyncio
from collections import defaultdict

import structlog

from domain import nodes, usage
from domain.nodes import NodePlace
from provisioning import facts
from provisioning.facts import BadAnswer
from provisioning.fleet import AWAY, Fleet

log = structlog.get_logger()


async def look_around(fleet: Fleet) -> None:
    """One round over those whose hour has passed; several workers at once would only ask twice."""
    asked: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for tenant_id, node_id, subdomain in await asyncio.to_thread(usage.due):
        asked[node_id].append((tenant_id, subdomain))
    places = {place.id: place for place in await asyncio.to_thread(nodes.places)}
    known = {node_id: each for node_id, each in asked.items() if node_id in places}
    await asyncio.gather(*(_node(fleet, places[node_id], each) for node_id, each in known.items()))


async def _node(fleet: Fleet, place: NodePlace, tenants: list[tuple[int, str]]) -> None:
    for tenant_id, subdomain in tenants:
        try:
            found = await facts.usage(fleet.host(place), subdomain)
        except BadAnswer as error:  # this one only: removed a moment ago, or busy
            log.warning("usage.no_answer", tenant=subdomain, error=str(error))
            await asyncio.to_thread(usage.not_told, tenant_id)
        except AWAY as error:
            log.info("usage.node_away", node=place.name, error=str(error))
            return
        else:
            await asyncio.to_thread(
                usage.store, tenant_id, users=found.users, database_bytes=found.database_bytes,
                files_bytes=found.files_bytes, last_login=found.last_login, one_click=found.one_click,
            )  # fmt: skip
