"""The top of the portal: where the Odoo is, how it is, and the door to it."""

from html import escape

from nicegui import ui

from domain.formats import day, long_day, number
from domain.portal import PortalHome
from domain.settings import settings
from ui.components import state_badge
from ui.components.button import link_html
from ui.components.problem import problem_html
from ui.components.steps import steps_html
from ui.handover import door_html

NEARLY = 0.8  # of what the plan gives: from then on the customer is told
# What the customer reads for each state; the tone is the badge's.
WORDS = {
    "absent": ("Preparando", "info"),
    "creating": ("Preparando", "info"),
    "running": ("En marcha", "ok"),
    "suspended": ("Suspendido", "warn"),
    "archived": ("Cerrado", ""),
    "deleted": ("Eliminado", ""),
    "broken": ("Con un problema", "bad"),
}


class Home(ui.html):
    """One block of HTML that is written again only when it changed."""

    def __init__(self, home: PortalHome, hidden: dict[str, str] | None) -> None:
        """`hidden`: what the form of the door carries (`csrf`, `customer`); None for who may not enter."""
        super().__init__(home_html(home, hidden), sanitize=False)
        self._hidden = hidden
        self.classes("stack")

    def show(self, home: PortalHome) -> None:
        """The Odoo as it is now."""
        html = home_html(home, self._hidden)
        if html != self.content:
            self.set_content(html)


def home_html(home: PortalHome, hidden: dict[str, str] | None) -> str:
    """Address, state, door; below it what wants attention."""
    word, tone = WORDS.get(home.observed, (home.observed, ""))
    door = _door(home, hidden)
    address = home.url.split("://", 1)[1]
    return (
        '<div class="row between wrapping"><div>'
        f'<h1 class="break">{escape(address)}</h1>'
        f'<p class="small muted row wrapping" style="margin-top:8px;gap:8px">{state_badge.badge_html(word, tone)} '
        f"<span>{escape(_since(home))}</span></p></div>{door if home.observed == 'running' else ''}</div>{_below(home)}"
    )


def _door(home: PortalHome, hidden: dict[str, str] | None) -> str:
    if hidden is None:
        return ""
    if home.one_click:
        return door_html("/tenant/odoo", "Entrar a Odoo", hidden={**hidden, "tenant": str(home.tenant_id)})
    # An older Odoo without our addon: by its own login page.
    return link_html("Entrar a Odoo", f"{home.url}/web/login", look="primary", new_tab=True)


def _used(home: PortalHome) -> str:
    used = home.usage
    if used is None or home.observed != "running":
        return ""
    size = number((used.database_bytes + used.files_bytes) / 1024**2, home.country)
    people = "1 persona" if used.users == 1 else f"{number(used.users, home.country)} personas"
    people += f" de {number(home.most_users, home.country)}" if home.most_users else ""
    space = f"{size} MB" + (f" de {number(home.most_disk_gb, home.country)} GB" if home.most_disk_gb else "")
    last = f", última entrada el {day(used.last_login_at, home.country)}" if used.last_login_at else ""
    return f'<p class="small muted">{escape(f"{people}, {space}{last}")}</p>{_nearly(home)}'


def _nearly(home: PortalHome) -> str:
    """What to do where the plan is nearly used up, or is."""
    used = home.usage
    if used is None:
        return ""
    found = [
        (noun, share)
        for noun, amount, most in (
            ("las personas", used.users, home.most_users),
            ("el espacio", (used.database_bytes + used.files_bytes) / 1024**3, home.most_disk_gb),
        )
        if most and (share := amount / most) >= NEARLY
    ]
    if not found:
        return ""
    over = any(share >= 1 for _, share in found)
    nouns = " y ".join(noun for noun, _ in found)
    if over:
        return problem_html(f"Usas ya {nouns} de tu plan.", "Nada se para; elige abajo un plan más grande, o libera lo "
                            "que no uses.", tone="warn")  # fmt: skip
    return problem_html(f"Estás cerca del límite de {nouns} de tu plan.".replace("de el", "del"),
                        "Puedes cambiar de plan abajo cuando quieras.", tone="info")  # fmt: skip


def _since(home: PortalHome) -> str:
    if home.ready_at is None:
        return home.company
    return f"{home.company}, desde el {long_day(home.ready_at, home.country)}"


def _below(home: PortalHome) -> str:
    contact = settings().operator_email
    if home.observed == "suspended":
        if "unpaid" in home.suspend_reasons:
            return problem_html("Tu Odoo está suspendido por un pago pendiente.",
                                "Tus datos se conservan; al pagar vuelve en segundos.", tone="warn")  # fmt: skip
        return problem_html("Tu Odoo está suspendido.", f"Tus datos se conservan. Escríbenos a {contact}.", tone="warn")
    if home.observed == "archived":
        return problem_html("Tu Odoo está cerrado.", f"Guardamos tus datos; escríbenos a {contact}.", tone="info")
    if home.observed == "broken":
        return problem_html("Tuvimos un problema con tu Odoo.",
                            "Ya lo estamos mirando; no tienes que hacer nada ni volver a pagar.",
                            reference=f"I-{home.tenant_id}")  # fmt: skip
    if home.ready_at is None:
        waiting = problem_html("Hay que esperar un poco.", home.waiting, tone="warn") if home.waiting else ""
        return f'{waiting}<div class="card tight">{steps_html(home.steps)}</div>'
    return _used(home)
