"""`/`: what it is, what it costs, what happens after paying. All of it is in the first HTML; one answer is live."""

from html import escape
from types import SimpleNamespace

from fastapi import Request
from nicegui import ui

from domain import formats, job_kinds, metrics, plans
from domain.metrics import ReadyTime
from domain.settings import settings
from ui import theme
from ui.components.plan_card import months_free, plan_card_html, prices_html
from ui.components.state_badge import badge_html
from ui.components.steps import steps_html
from ui.frames import public_footer, public_header
from ui.live import off_loop
from ui.pages.public import live_name, prefetch, seo
from ui.pages.public.questions import QUESTIONS, WAYS

TITLE = "Alta: tu Odoo en marcha, con tu nombre y tu país"
DESCRIPTION = (
    "Elige un nombre, paga con tarjeta y entra en tu propio Odoo. Tu empresa, tu país y tu moneda ya están puestos."
)
NAV = (
    '<a class="hide-s" href="#planes">Planes</a><a class="hide-s" href="#como">Cómo funciona</a>'
    '<a class="hide-s" href="#preguntas">Preguntas</a><a href="/login">Entrar</a>'
    '<a class="btn primary s" href="/signup">Crear mi Odoo</a>'
)


@ui.page("/", title=TITLE)
async def landing(request: Request) -> None:
    """The page as a table of contents."""
    catalogue, extras, ready = await off_loop(_facts)
    theme.install()
    ui.add_head_html(seo.head(TITLE, DESCRIPTION, "/") + prefetch.links())
    ui.add_body_html(
        f"{public_header(nav=NAV)}<main "
        f'id="contenido">{_hero(ready)}{_plans(catalogue, extras)}{_ways()}{_questions()}</main>'
        f"{public_footer()}"
    )
    live_name.attach(getattr(request.state, "visitor", None))


def _facts() -> tuple[list[plans.PlanView], list[plans.PlanView], ReadyTime | None]:
    return plans.catalogue(), plans.extras(), metrics.ready_time()


def _hero(ready: ReadyTime | None) -> str:
    return (
        '<section class="wrap hero"><div class="stack" style="--gap:20px">'
        "<h1>Tu Odoo en marcha antes de que termines el café.</h1>"
        '<p class="lead">Elige un nombre, paga con tarjeta y entra. Tu empresa, tu país y tu moneda ya están '
        "puestos.</p>"
        f"{live_name.form_html()}</div>{_what_you_will_see(ready)}</section>"
    )


def _what_you_will_see(ready: ReadyTime | None) -> str:
    """The steps in the customer's words. No times: nobody has paid yet."""
    phrases = ["Pago confirmado", *(step.phrase for step in job_kinds.KINDS["create_tenant"].steps if step.phrase)]
    steps = [SimpleNamespace(phrase=phrase, status="done", seconds=None) for phrase in phrases]
    measured = (
        f"La mitad de los Odoo creados en los últimos 30 días estuvo lista en <b "
        f'class="num">{formats.seconds(ready.p50)}'
        "</b> o menos."
        if ready
        else "Así lo verás después de pagar: cada paso con el tiempo que tardó de verdad."
    )
    return (
        '<figure class="card" style="padding:20px"><div class="row between" style="margin-bottom:6px">'
        f'<span class="small muted '
        f'break">tu-empresa.{escape(settings().base_domain)}</span>{badge_html("Listo", "ok")}</div>'
        f'{steps_html(steps)}<figcaption class="small muted" style="margin-top:12px">{measured}</figcaption></figure>'
    )


def _plans(catalogue: list[plans.PlanView], extras: list[plans.PlanView]) -> str:
    if not catalogue:
        return ""
    free = min((months_free(plan) for plan in catalogue), default=0)
    saving = f", {free} {'mes' if free == 1 else 'meses'} gratis" if free else ""
    yearly = any("year" in plan.prices for plan in catalogue)
    choice = (
        f'<div class="seg"><label for="mensual">Mensual</label><label for="anual">Anual{saving}</label></div>'
        if yearly
        else ""
    )
    cards = "".join(plan_card_html(plan) for plan in catalogue)
    return (
        '<input class="out" type="radio" name="periodo" id="mensual" checked aria-label="Precios mensuales">'
        '<input class="out" type="radio" name="periodo" id="anual" aria-label="Precios anuales">'
        '<section id="planes" class="wrap section"><div class="row between wrapping" style="margin-bottom:20px">'
        f'<h2>Planes</h2>{choice}</div><div class="plans">{cards}</div>{_extras(extras)}</section>'
    )


def _extras(extras: list[plans.PlanView]) -> str:
    """What can be added to any plan afterwards."""
    if not extras:
        return ""
    items = "".join(
        f'<li class="card tight row between wrapping"><span><b>{escape(one.name)}</b><br>'
        f'<span class="small muted">{escape(one.summary)}</span></span>'
        f'<span class="small muted num">{prices_html(one)}</span></li>'
        for one in extras
    )
    return f'<h3 class="after-plans">Puedes añadir cuando quieras</h3><ul class="bare cols-2">{items}</ul>'


def _ways() -> str:
    items = "".join(f"<li><h3>{title}</h3><p class='muted'>{words}</p></li>" for title, words in WAYS)
    return (
        '<section id="como" class="wrap section"><h2 style="margin-bottom:20px">Qué pasa después de pagar</h2>'
        f'<ol class="ways">{items}</ol></section>'
    )


def _questions() -> str:
    items = "".join(
        f'<details class="qa"><summary>{question}</summary><p>{answer}</p></details>' for question, answer in QUESTIONS
    )
    return (
        f'<section id="preguntas" class="wrap section"><h2 style="margin-bottom:12px">Preguntas</h2>{items}</section>'
    )
