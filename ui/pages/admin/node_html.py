"""A node as a card: from its row to HTML."""

from html import escape
from typing import Any

from domain.formats import number, seconds
from domain.moves import Drain
from domain.reports.nodes import NodeRow
from ui.components.problem import problem_html
from ui.components.state_badge import badge_html, words
from ui.pages.admin import words as say

GIGABYTE = 1024**3
STATES = {
    "joining": "uniéndose",
    "open": "abierto a pedidos",
    "closed": "cerrado a pedidos",
    "draining": "vaciándose",
}


def card_html(row: NodeRow) -> str:
    """The inside of a node's card."""
    share = min(100 * row.tenants / row.capacity, 100) if row.capacity else 100
    joining = f'<a href="/admin/jobs/{row.join_job}">ver cómo se une</a>' if row.join_job else ""
    list_ = say.facts(
        [
            ("Estado", escape(STATES.get(row.state, row.state)) + (f", {joining}" if joining else "")),
            ("Carga", _load(row.health)),
            ("Memoria", _share(row.health, "memory")),
            ("Disco", _share(row.health, "disk")),
            ("Clonar", _clone(row)),
            ("Odoo", escape(row.odoo or "–")),
            ("Scripts", _kit(row.health)),
            ("Región", escape(row.region.capitalize() or "–")),
            ("Trabajos que esperan", number(row.waiting)),
            ("Última comprobación", say.when(row.checked_at)),
            ("Dirección", escape(f"{row.host}:{row.port}, CT {row.container}")),
            ("Visitas", escape(row.http_url)),
        ]
    )
    return (
        '<div class="stack"><div class="row between">'
        f"<h2>{escape(row.name)}</h2>{badge_html(*_badge(row))}</div>{_fault(row)}"
        f'<div><p class="small num">{number(row.tenants)} de {number(row.capacity)} instancias</p>'
        f'<div class="meter" aria-hidden="true"><div style="width:{share:.0f}%"></div></div></div>'
        f"{_drain(row.drain)}{list_}</div>"
    )


def _drain(drain: Drain | None) -> str:
    """How far the emptying has come, or why it stands still."""
    if drain is None:
        return ""
    if drain.stopped is not None:
        return problem_html("El vaciado se detuvo en un traslado que falló.", drain.stopped.splitlines()[0])
    if drain.full is not None:
        return problem_html("El vaciado espera: ningún otro nodo tiene sitio.", f"{drain.full}.", tone="warn")
    longest = f" La que más, estuvo cerrada {seconds(drain.closed_ms / 1000)}." if drain.closed_ms is not None else ""
    if not drain.left:
        words_ = f"Se movieron {number(drain.moved)} instancias.{longest}"
        return problem_html("Ya está vacío: se puede cerrar o quitar.", words_, tone="info")
    now = f"Ahora, {drain.now}. " if drain.now else "El siguiente traslado empieza en unos segundos. "
    words_ = f"{now}Quedan {number(drain.left)}; ya se movieron {number(drain.moved)}.{longest}"
    return problem_html("Vaciando este nodo.", words_, tone="info")


def _badge(row: NodeRow) -> tuple[str, str]:
    if row.key_alarm is not None:
        return "Otra clave", "bad"
    if row.breaker == "half_open":
        return "A prueba", "warn"
    return {True: words("up", "node"), False: words("down", "node"), None: ("Sin comprobar", "")}[row.reachable]


def _fault(row: NodeRow) -> str:
    if row.key_alarm is not None:
        words_ = (
            f"Muestra {row.key_alarm}. No se le envía nada. Si cambiaste la clave del host, añade el nodo otra vez con "
            "el mismo nombre para confirmarla; si no, averigua quién responde en su dirección."
        )
        return problem_html("Se presenta con otra clave SSH.", words_)
    if row.reachable is False:
        since = f"desde {say.when(row.unreachable_since)}" if row.unreachable_since else ""
        return problem_html("No responde.", f"{since}. {row.last_error or ''}".strip(". ") + ".")
    if row.health.get("kit_ok") is False:
        words_ = "No se pudieron poner al día. Añade el nodo otra vez con el mismo nombre: así pasa por la puerta."
        return problem_html("Tiene otros scripts que este panel.", words_, tone="warn")
    return ""


def _clone(row: NodeRow) -> str:
    if row.clone_ms is None:
        return "sin medir"
    return f"{number(row.clone_ms)} ms, {number(row.concurrency)} a la vez"


def _kit(health: dict[str, Any]) -> str:
    if not health.get("version"):
        return "–"
    known = {True: "al día", False: "otros"}.get(health.get("kit_ok"), "")  # type: ignore[arg-type]
    return escape(" ".join(part for part in (str(health["version"]), str(health.get("kit", ""))[:8], known) if part))


def _load(health: dict[str, Any]) -> str:
    load = health.get("load")
    return ", ".join(number(float(one), decimals=2) for one in load) if isinstance(load, list) else "–"


def _share(health: dict[str, Any], noun: str) -> str:
    total, free = health.get(f"{noun}_total"), health.get(f"{noun}_free")
    if not isinstance(total, int | float) or not isinstance(free, int | float):
        return "–"
    return f"{number(free / GIGABYTE, decimals=1)} de {number(total / GIGABYTE, decimals=1)} GB libres"
