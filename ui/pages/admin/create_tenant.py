"""Making a tenant without Stripe: a dialog with the fields of an order, the name checked as one types."""

from collections.abc import Callable

from nicegui import ui

from domain import by_hand, order_form, plans, signup, subdomains
from domain.errors import AltaError, Invalid, Taken
from domain.order_form import OrderForm
from domain.settings import settings
from ui import auth
from ui.auth import Identity
from ui.components.button import button
from ui.components.field import Field, field, select_field
from ui.components.heading import heading, text
from ui.live import off_loop

NO_PLAN = "-"


def button_for(identity: Identity) -> Callable[[], object] | None:
    """What builds the button for those who may press it; None for viewers."""
    if not identity.may("tenants.operate"):
        return None
    return lambda: button("Crear instancia", lambda: open_dialog(identity), look="primary", small=True)


async def open_dialog(identity: Identity) -> None:
    """Opens the dialog in the page of whoever clicked."""
    offered = await off_loop(plans.catalogue)
    CreateTenant(identity, {NO_PLAN: "Sin plan", **{plan.code: plan.name for plan in offered}})


class CreateTenant:
    """The dialog; it closes when the tenant is asked for, and leads to the job that makes it."""

    def __init__(self, identity: Identity, plan_names: dict[str, str]) -> None:
        self._identity, self._latest, self._touched = identity, 0, False
        with ui.dialog(value=True) as self._dialog, ui.element("div").classes("stack").style("--gap:14px;width:520px"):
            heading("Crear instancia", 2)
            text("Sin cobro: Stripe no sabrá nada de ella.", "small muted")
            self.fields: dict[str, Field] = {
                "company": field("Empresa", on_change=self._derive),
                "full_name": field("Nombre del dueño"),
                "email": field("Correo del dueño", kind="email"),
                "subdomain": field(
                    "Dirección", suffix=f".{settings().base_domain}", attributes="debounce=150", on_change=self._typed
                ),
                "country": select_field("País", dict(order_form.countries()), value="DO", search=True),
                "plan": select_field("Plan", plan_names, value=NO_PLAN),
            }
            self.fields["subdomain"].reserve_line()
            with ui.row().classes("row").style("justify-content:flex-end"):
                button("Cancelar", self._dialog.close)
                self._submit = button("Crear instancia", self._create, look="primary")
        self._dialog.on("hide", self._dialog.delete)

    async def _derive(self) -> None:
        if not self._touched:
            self.fields["subdomain"].set_value(subdomains.from_company(self.fields["company"].value))

    async def _typed(self) -> None:
        name = self.fields["subdomain"].value
        self._touched = bool(name) and name != subdomains.from_company(self.fields["company"].value)
        self._latest += 1
        mine = self._latest
        if not name:
            self.fields["subdomain"].calm()
            return
        answer = await off_loop(signup.availability, name)
        if mine != self._latest:  # an older answer never overwrites a newer one
            return
        if answer.state == "free":
            self.fields["subdomain"].good(answer.message)
        else:
            free = f" Libres: {', '.join(answer.proposals)}." if answer.proposals else ""
            self.fields["subdomain"].wrong(answer.message + free)

    async def _create(self) -> None:
        given = {name: one.value for name, one in self.fields.items()}
        form = OrderForm(**{**given, "plan": "" if given["plan"] == NO_PLAN else given["plan"]})
        self._submit.props("loading")
        try:
            who = await auth.allow(self._identity, "tenants.operate")
            made = await off_loop(lambda: by_hand.create(form, by=who.login))
        except Invalid as error:
            self._say(error)
        except Taken as error:
            self.fields["subdomain"].wrong(error.message)
        except AltaError as error:
            ui.notify(error.message)
        else:
            ui.navigate.to(f"/admin/jobs/{made.job_id}")
        finally:
            self._submit.props(remove="loading")

    def _say(self, error: Invalid) -> None:
        wrong = {problem.field: problem.message for problem in error.problems}
        for name, one in self.fields.items():
            if name in wrong:
                one.wrong(wrong[name])
            elif one.is_wrong:
                one.calm()
