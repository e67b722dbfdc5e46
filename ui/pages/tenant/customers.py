"""For a person who belongs to several customers: which one the page is about."""

from nicegui import ui

from domain import portal
from ui.auth import Identity
from ui.live import off_loop


async def customer_choice(identity: Identity) -> None:
    """Links to each of the person's customers; nothing where there is only one."""
    if len(identity.memberships) < 2:
        return
    names = await off_loop(portal.names, list(identity.memberships))
    with ui.row().classes("row wrapping small"):
        ui.html("Empresa:", tag="span").classes("muted")
        for customer_id, name in sorted(names.items(), key=lambda pair: pair[1]):
            if customer_id == identity.customer_id:
                ui.label(name).classes("strong")
            else:
                ui.link(name, f"/tenant/portal?customer={customer_id}")
