"""What we hold on the customer, for the owner: all of it as one file, and how to have it erased."""

import json
from html import escape

from nicegui import ui

from domain import personal_data
from domain.errors import AltaError
from domain.settings import settings
from ui import auth
from ui.auth import Identity
from ui.components.button import button
from ui.components.heading import heading, text
from ui.live import off_loop


def data_card(identity: Identity, customer_id: int) -> None:
    """The card."""

    async def download() -> None:
        try:
            who = await auth.allow(identity, "data.export")
            found = await off_loop(lambda: personal_data.export(customer_id, by=who.login))
        except AltaError as error:
            ui.notify(error.message)
            return
        content = json.dumps(found, ensure_ascii=False, indent=1, default=str)
        ui.download.content(content, "mis-datos.json", "application/json")

    with ui.element("section").classes("card stack").props('aria-label="Tus datos"'):
        heading("Tus datos", 2, look="h-card")
        text("Todo lo que guardamos de tu empresa y de quienes solo están en tu equipo, en un archivo. Los datos de tu "
             "Odoo están en sus copias de seguridad.", "small muted")  # fmt: skip
        email = escape(settings().operator_email)
        kept = "".join(f"<li>{escape(one)}</li>" for one in personal_data.KEPT)
        ui.html(
            "<details><summary class='linked small'>¿Quieres que lo borremos?</summary><p class='small muted'>Cuando "
            f"tu plan haya terminado, escríbenos a <a href='mailto:{email}'>{email}</a>. Se queda solo:</p>"
            f"<ul class='small muted'>{kept}</ul></details>",
            sanitize=False,
        )
        with ui.row().classes("row"):
            button("Descargar mis datos", download, small=True)
