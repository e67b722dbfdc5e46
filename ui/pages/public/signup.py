"""`/signup`, also `/onboarding`: company, address, person, country, plan; then on to Stripe's page."""

import secrets
from typing import Any

from fastapi import Request
from nicegui import ui

from domain import formats, plans, signup
from ui import theme
from ui.components.heading import heading
from ui.components.problem import problem
from ui.live import off_loop
from ui.pages.public import countries
from ui.pages.public.signup_form import SignupForm
from ui.pages.public.signup_start import begin

TITLE = "Crea tu Odoo · Alta"
DESCRIPTION = "Ponle nombre a tu Odoo, elige un plan y empieza a usarlo en cuanto pagues."
NAV = '<a href="/login">¿Ya tienes cuenta? Entrar</a>'
SHAPE = (
    '<div class="form-page"><div class="stack" style="--gap:20px"><h1 class="h-page">Crea tu Odoo</h1>'
    + '<div><div class="skeleton" style="width:120px;height:20px"></div>'
    '<div class="skeleton" style="height:44px;margin-top:8px"></div></div>'
    * 4
    + '</div><div class="card"><div class="skeleton" style="height:180px"></div></div></div>'
)


@ui.page("/onboarding", title=TITLE)
@ui.page("/signup", title=TITLE)
async def page(request: Request, plan: str = "", interval: str = "", subdomain: str = "", cancelado: str = "") -> None:
    """The form, begun with what the visitor had typed before and with what the link says."""
    visitor = getattr(request.state, "visitor", None) or secrets.token_urlsafe(24)
    country = countries.from_browser(request.headers.get("accept-language", ""))
    catalogue, draft = await off_loop(_start, visitor, country or "")
    with theme.public_frame(TITLE, description=DESCRIPTION, nav=NAV, waiting=SHAPE):
        if not catalogue:
            _closed()
            return
        link = {"plan": plan, "interval": interval, "subdomain": subdomain}
        start = begin(draft, link, country, catalogue)
        address = request.client.host if request.client else ""
        SignupForm(catalogue, visitor, start, address=address, came_back=bool(cancelado))


def _start(visitor: str, country: str) -> tuple[list[plans.PlanView], dict[str, Any]]:
    draft = signup.load_draft(visitor)
    where = draft.get("country")
    return plans.catalogue(where if isinstance(where, str) and where in formats.countries() else country), draft


def _closed() -> None:
    heading("Crea tu Odoo", 1, look="h-page")
    problem("Ahora mismo no hay planes a la venta.", "Vuelve en un rato, o escríbenos y te avisamos.", tone="info")
