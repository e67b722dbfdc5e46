"""/admin/nodes: whether each node answers, how full it is, and what waits for it."""

from html import escape
from typing import Any

from fastapi import Request
from nicegui import ui

from domain.formats import number
from domain.reports import nodes
from domain.reports.nodes import NodeRow
from ui import live
from ui.components.empty import empty_html
from ui.components.problem import problem_html
from ui.components.state_badge import badge_html, words
from ui.live import off_loop
from ui.pages.admin import words as say
from ui.pages.admin.console import console

GIGABYTE = 1024**3


@ui.page("/admin/nodes")
async def nodes_page(request: Request) -> None:
    """A card a node, live."""
    async with console(request, "Nodos", "Nodos"):
        cards = ui.html(cards_html(await off_loop(nodes.every)), sanitize=False)

        async def show() -> None:
            html = cards_html(await off_loop(nodes.every))
            if html != cards.content:
                cards.set_content(html)

        live.follow(["node", "tenant"], show, pace=1.0)
        ui.timer(15, show, immediate=False)


def cards_html(rows: list[NodeRow]) -> str:
    """Every node as a card."""
    if not rows:
        return empty_html("Aún no hay nodos", "El de la configuración (NODE_HOST) aparece al arrancar un worker.")
    return f'<div class="cols-2">{"".join(_card(row) for row in rows)}</div>'


def _card(row: NodeRow) -> str:
    state = {True: words("up", "node"), False: words("down", "node"), None: ("Sin comprobar", "")}[row.reachable]
    share = min(100 * row.tenants / row.capacity, 100) if row.capacity else 100
    fault = ""
    if row.reachable is False:
        since = f"desde {say.when(row.unreachable_since)}" if row.unreachable_since else ""
        fault = problem_html("No responde.", f"{since}. {row.last_error or ''}".strip(". ") + ".")
    list_ = say.facts(
        [
            ("Carga", _load(row.health)),
            ("Memoria", _share(row.health, "memory")),
            ("Disco", _share(row.health, "disk")),
            ("Trabajos que esperan", number(row.waiting)),
            ("Admite altas", "sí" if row.state == "open" else "no"),
            ("Última comprobación", say.when(row.checked_at)),
            ("Dirección", escape(f"{row.host}:{row.port}, CT {row.container}")),
            ("Visitas", escape(row.http_url)),
        ]
    )
    return (
        f'<section class="card stack" aria-label="{escape(row.name)}"><div class="row between">'
        f"<h2>{escape(row.name)}</h2>{badge_html(*state)}</div>{fault}"
        f'<div><p class="small num">{number(row.tenants)} de {number(row.capacity)} instancias</p>'
        f'<div class="meter" aria-hidden="true"><div style="width:{share:.0f}%"></div></div></div>{list_}</section>'
    )


def _load(health: dict[str, Any]) -> str:
    load = health.get("load")
    return ", ".join(number(float(one), decimals=2) for one in load) if isinstance(load, list) else "–"


def _share(health: dict[str, Any], noun: str) -> str:
    total, free = health.get(f"{noun}_total"), health.get(f"{noun}_free")
    if not isinstance(total, int | float) or not isinstance(free, int | float):
        return "–"
    return f"{number(free / GIGABYTE, decimals=1)} de {number(total / GIGABYTE, decimals=1)} GB libres"
