"""What stands around a page. The shell goes into the first HTML, so that it paints before any script runs."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Protocol

from nicegui import Client, ui

from domain.formats import day_clock, number
from domain.identities import Identity, Visit
from domain.settings import settings
from ui import tokens
from ui.components.heading import heading, text

ADMIN_NAV = [
    ("Resumen", "/admin"),
    ("Instancias", "/admin/tenants"),
    ("Trabajos", "/admin/jobs"),
    ("Clientes", "/admin/customers"),
    ("Informes", "/admin/reports"),
    ("Planes", "/admin/plans"),
    ("Códigos", "/admin/coupons"),
    ("Eventos", "/admin/events"),
    ("Cartas", "/admin/letters"),
    ("Nodos", "/admin/nodes"),
    ("Plantillas", "/admin/blueprints"),
    ("Diferencias", "/admin/drift"),
    ("Registro", "/admin/audit"),
    ("Programas", "/admin/programs"),
    ("Equipo", "/admin/staff"),
]
ON_PHONE = 3  # nouns in the bar at the foot; the fourth place opens the rest
PORTAL_NAV = [("Mi Odoo", "/tenant/portal")]
PROGRAMS = [("Programas", "/tenant/programs")]
LOGO = '<a class="logo" href="{href}" aria-label="Alta, inicio">alta<i>.</i></a>'
SKIP = '<a class="skip btn plain s" href="#contenido">Ir al contenido</a>'


class Named(Protocol):
    """What a frame needs of an identity."""

    @property
    def name(self) -> str: ...
    @property
    def login(self) -> str: ...


@dataclass(frozen=True)
class AdminFrame:
    """The console's frame while its page lives."""

    client: Client
    content: ui.column

    def counts(self, values: dict[str, int]) -> None:
        """Writes live counts beside the nouns of the rail (keys as in ADMIN_NAV), in place."""
        words = {_slug(noun): number(count) if count else "" for noun, count in values.items()}
        self.client.run_javascript(
            f"for (const [noun, count] of Object.entries({json.dumps(words)}))"
            " document.querySelectorAll(`[data-count=${noun}]`).forEach(e => e.textContent = count)"
        )


def public_header(*, nav: str = "") -> str:
    """The header of public pages; `nav` is HTML, None of it from visitors."""
    links = nav or '<a href="/login">¿Ya tienes cuenta? Entrar</a>'
    return f'{SKIP}<header class="wrap top">{LOGO.format(href="/")}<nav aria-label="Principal">{links}</nav></header>'


def public_footer() -> str:
    """Who runs this, and the legal pages."""
    operator, email = escape(settings().operator_name), escape(settings().operator_email)
    return (
        f'<footer class="foot"><div class="wrap"><span>{operator}</span><a href="/legal/terminos">Condiciones</a>'
        f'<a href="/legal/privacidad">Privacidad</a><a href="mailto:{email}">{email}</a></div></footer>'
    )


def public_document(title: str, body: str, *, head: str = "", nav: str = "", wrap: str = "narrow") -> str:
    """A whole public page as HTML for what needs no script: legal texts, errors, login. `body` and `head` are HTML."""
    return (
        '<!doctype html><html lang="es"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>{tokens.head_links()}{tokens.icon_link()}{head}</head><body>"
        f'{public_header(nav=nav)}<main id="contenido" class="wrap {wrap} inside">{body}</main>'
        f"{public_footer()}</body></html>"
    )


@contextmanager
def public_frame(
    title: str, *, description: str = "", wrap: str = "", nav: str = "", waiting: str = ""
) -> Iterator[ui.column]:
    """A public page with live parts. `waiting` is HTML of the page's shape, shown until its elements are there."""
    _head(title, description)
    ui.add_body_html(public_header(nav=nav))
    if waiting:
        ui.add_body_html(f'<div class="wrap waiting {wrap}" aria-hidden="true">{waiting}</div>')
    with ui.column().classes(f"wrap stack inside {wrap}").props("id=contenido") as content:
        yield content
    ui.html(public_footer(), sanitize=False)


@contextmanager
def admin_frame(
    identity: Named | None,
    active: str,
    title: str,
    *,
    action: Callable[[], object] | None = None,
    counts: dict[str, int] | None = None,
    above: str = "",
) -> Iterator[AdminFrame]:
    """The console: rail of nouns with counts, title, and one primary action at the right (`action` builds it).

    `active` is a noun of ADMIN_NAV; `above` the small line over the title, as "Trabajos / 4812".
    """
    _head(f"{title} · Alta")
    shown = {_slug(noun): number(count) if count else "" for noun, count in (counts or {}).items()}
    ui.add_body_html(SKIP + _rail(identity, active, shown) + _tabbar(active))
    with ui.column().classes("app-main stack").props("id=contenido") as content:
        with ui.row().classes("row between wrapping"):
            with ui.element("div"):
                if above:
                    text(above, "small muted")
                heading(title, 1)
            if action is not None:
                action()
        yield AdminFrame(ui.context.client, content)


@contextmanager
def portal_frame(identity: Named | None, active: str, title: str) -> Iterator[ui.column]:
    """The customer's pages: a bar with their nouns, and a column 880 px wide. The page writes its own heading."""
    _head(f"{title} · Alta")
    own = [*PORTAL_NAV, *(PROGRAMS if isinstance(identity, Identity) and identity.may("keys.manage") else [])]
    links = "".join(f'<a href="{href}"{_here(noun == active)}>{noun}</a>' for noun, href in own)
    name = f'<span class="small muted hide-s">{escape(_name(identity))}</span>' if identity else ""
    ui.add_body_html(
        f'{SKIP}<header class="bar"><div class="wrap top">{LOGO.format(href="/tenant/portal")}'
        f'<nav aria-label="Principal">{links}<a href="/account">Cuenta</a>{name}{_leave()}</nav></div></header>'
    )
    with ui.column().classes("wrap portal stack inside").props("id=contenido") as content:
        if isinstance(identity, Identity) and identity.visit:
            ui.html(_visiting(identity.visit), sanitize=False)
        yield content


def _head(title: str, description: str = "") -> None:
    tokens.install()
    ui.page_title(title)
    if description:
        ui.add_head_html(f'<meta name="description" content="{escape(description)}">')


def _rail(identity: Named | None, active: str, counts: dict[str, str]) -> str:
    links = "".join(
        f'<a href="{href}"{_here(noun == active)}>{noun} {_count(noun, counts)}</a>' for noun, href in ADMIN_NAV
    )
    who = f'<div class="who"><a href="/account">{escape(_name(identity))}</a>{_leave()}</div>' if identity else ""
    return f'<nav class="rail" aria-label="Secciones">{LOGO.format(href="/admin")}{links}{who}</nav>'


def _tabbar(active: str) -> str:
    links = "".join(f'<a href="{href}"{_here(noun == active)}>{noun}</a>' for noun, href in ADMIN_NAV[:ON_PHONE])
    hidden = [*ADMIN_NAV[ON_PHONE:], ("Tu cuenta", "/account")]
    rest = "".join(f'<a href="{href}"{_here(noun == active)}>{noun}</a>' for noun, href in hidden)
    inside = ' class="on"' if active in dict(ADMIN_NAV[ON_PHONE:]) else ""
    more = f'<details><summary{inside}>Más</summary><div class="sheet">{rest}{_leave()}</div></details>'
    return f'<nav class="tabbar" aria-label="Secciones, en el teléfono">{links}{more}</nav>'


def _here(is_active: bool) -> str:
    return ' class="on" aria-current="page"' if is_active else ""


def _count(noun: str, counts: dict[str, str]) -> str:
    slug = _slug(noun)
    return f'<span class="tiny num" data-count="{slug}">{counts.get(slug, "")}</span>'


def _visiting(visit: Visit) -> str:
    """What staff see all the time while they are in a customer's portal, with the way out."""
    may = "Puedes cambiar cosas del Odoo" if visit.acts else "Solo miras"
    return (
        f'<section class="card warn row between wrapping" role="status"><p>Ves el portal de <b>{escape(visit.company)}'
        f"</b> como soporte, hasta el {day_clock(visit.ends_at)} UTC. {may}; todo queda registrado.</p>"
        '<form method="post" action="/admin/visit/end" style="margin:0"><button class="btn plain s">Terminar</button>'
        "</form></section>"
    )


def _leave() -> str:
    return '<form method="post" action="/logout" style="margin:0"><button class="quiet">Salir</button></form>'


def _slug(noun: str) -> str:
    return noun.lower()


def _name(identity: Named | None) -> str:
    return (identity.name or identity.login) if identity else ""
