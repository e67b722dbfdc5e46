"""The data on the invoices: a dialog of the plan's card."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from domain import fiscal, tax_ids
from domain.errors import AltaError
from domain.fiscal import Fiscal
from domain.stripe_accounts import Address
from ui import auth
from ui.auth import Identity
from ui.components.box import Box
from ui.components.button import button
from ui.components.field import field
from ui.live import off_loop


async def ask(place: ui.element, identity: Identity, customer_id: int, more: Callable[[], Awaitable[None]]) -> None:
    """Reads, shows, writes; `more` leads to Stripe's own portal, for cards and past receipts."""
    try:
        present = await off_loop(fiscal.read, customer_id)
    except AltaError as error:
        ui.notify(error.message)
        return
    kind = tax_ids.kind(present.country)
    with Box(place, "Datos de facturación", "Salen en las facturas que vengan; las emitidas no cambian.") as (
        box,
        form,
    ):
        form["company"] = field("Empresa", value=present.company, autocomplete="organization")
        form["tax_id"] = field(
            kind.label if kind else "Identificación fiscal", value=present.tax_id, optional=True,
            help_text=f"Por ejemplo, {kind.example}" if kind else "",
        )  # fmt: skip
        form["street"] = field("Dirección", value=present.address.street, optional=True, autocomplete="street-address")
        form["city"] = field("Ciudad", value=present.address.city, optional=True, autocomplete="address-level2")
        form["postal_code"] = field(
            "Código postal", value=present.address.postal_code, optional=True, autocomplete="postal-code"
        )
        button("Tarjetas y más, en Stripe", more, look="link", small=True)

        async def save() -> None:
            given = {name: one.value for name, one in form.items()}
            lines = Address(given["street"].strip(), given["city"].strip(), given["postal_code"].strip())
            wanted = Fiscal(given["company"], given["tax_id"], present.country, lines)
            with box.faults():
                who = await auth.allow(identity, "billing.change")
                await off_loop(lambda: fiscal.save(customer_id, wanted, by=who.login))
                box.close()
                with place:
                    ui.notify("Guardado.", type="positive")

        box.confirm("Guardar", save)
