"""The sign-up's form: live answers while one types, faults beside their field, a draft that survives."""

from typing import Any

import structlog
from nicegui import ui

from domain import plans, signup
from domain.errors import AltaError, FieldProblem, Invalid, Taken
from domain.plans import PlanView
from ui.components.button import button
from ui.components.field import Field, field
from ui.components.heading import heading
from ui.components.problem import problem
from ui.live import off_loop
from ui.pages.public.signup_address import AddressField
from ui.pages.public.signup_country import CountryFields
from ui.pages.public.signup_odoo import OdooFields
from ui.pages.public.signup_start import LONGEST, Start
from ui.pages.public.signup_summary import Summary
from ui.pages.public.signup_terms import Terms

log = structlog.get_logger()


class SignupForm:
    """Builds the form into the page and lives with it."""

    def __init__(self, catalogue: list[PlanView], visitor: str, start: Start, *, address: str, came_back: bool) -> None:
        self.visitor, self.order_key, self._from = visitor, start.order_key, address
        self._saved: dict[str, Any] = {}
        self._sending = False
        with ui.element("div").classes("form-page"):
            with ui.element("form").classes("stack").style("--gap:20px").props("novalidate") as form:
                heading("Crea tu Odoo", 1, look="h-page")
                self.message = ui.element("div").props("aria-live=polite")
                self.message.set_visibility(False)
                self._build(start)
            form.on("submit.prevent", self.submit)
            self.summary = Summary(catalogue, start.plan, start.interval, start.country, start.people)
        if came_back:
            self._say("No se hizo ningún cobro.", "Todo lo que escribiste sigue aquí; continúa cuando quieras.", "info")
        ui.timer(0.4, self._save)
        ui.timer(0, self._begin, once=True)

    def _build(self, start: Start) -> None:
        self.company = field(
            "Empresa", value=start.company, autocomplete="organization", attributes=f"maxlength={LONGEST}",
            on_change=self._company_typed,
        )  # fmt: skip
        self.address = AddressField(self.visitor, start.subdomain, start.touched, lambda: self.where.country.value)
        with ui.element("div").classes("cols-2"):
            self.full_name = field(
                "Tu nombre", value=start.full_name, autocomplete="name", attributes=f"maxlength={LONGEST}"
            )
            self.email = field(
                "Correo", value=start.email, kind="email", autocomplete="email",
                attributes=f"inputmode=email maxlength={LONGEST}",
            )  # fmt: skip
            self.where = CountryFields(start.country, start.tax_id, self._country_chosen)
            self.odoo = OdooFields(start.country, start.language, start.currency)
        self.terms = Terms(start.accept_terms)
        self.go = button("Continuar al pago", look="primary", wide_on_phone=True).props("type=submit")
        for name, each in self._fields().items():
            if name not in ("subdomain", "tax_id", "language", "currency"):
                each.control.on("blur", lambda name=name: self._left(name))
                each.control.on_value_change(lambda each=each: each.calm())

    def answers(self) -> dict[str, Any]:
        """The form as it stands, which is also the draft."""
        return {
            **{name: each.value[:LONGEST] for name, each in self._fields().items()},
            "plan": self.summary.plan,
            "interval": self.summary.interval,
            "people": self.summary.people.value[:LONGEST],
            "accept_terms": self.terms.value,
            "touched": self.address.touched,
            "order_key": self.order_key,
        }

    async def submit(self) -> None:
        """Checks everything at once; with nothing wrong, places the order and goes to Stripe's page."""
        if self._sending:
            return
        self._sending = True
        self.go.props("loading")
        self.message.set_visibility(False)
        try:
            await self._save()
            placed = await off_loop(signup.order, self._order(), self.order_key, self._from)
        except Invalid as error:
            self._show(error.problems)
        except Taken as error:
            self.address.refuse(error.message, error.proposals)
            self.address.field.focus()
        except signup.AlreadyPaid as error:
            ui.navigate.to(error.success_url)
            return
        except AltaError as error:
            self._say("No pudimos continuar.", error.message)
        except Exception:
            log.exception("signup.place")
            self._say("Algo falló de nuestro lado.", "No se hizo ningún cobro. Prueba otra vez en un minuto.")
        else:
            ui.navigate.to(placed.checkout_url)
            return  # the button stays busy until the browser has left
        finally:
            self._sending = False
        self.go.props(remove="loading")

    def _order(self) -> signup.OrderForm:
        return signup.OrderForm(**self.answers())

    def _fields(self) -> dict[str, Field]:
        return {
            "company": self.company,
            "subdomain": self.address.field,
            "full_name": self.full_name,
            "email": self.email,
            "country": self.where.country,
            "tax_id": self.where.tax_id,
            **self.odoo.fields(),
        }

    async def _begin(self) -> None:
        if self.address.field.value:
            await self.address.check()

    async def _company_typed(self) -> None:
        await self.address.follow(self.company.value)

    async def _country_chosen(self) -> None:
        country = self.where.country.value
        if country == self.summary.country:
            return
        self.odoo.follow(country)
        catalogue = await off_loop(plans.catalogue, country)
        if catalogue and country == self.where.country.value:  # not where another was chosen meanwhile
            self.summary.show_in(country, catalogue)

    async def _left(self, name: str) -> None:
        """Says what is wrong with a field that was filled in; an empty one is only missed when sending."""
        each = self._fields()[name]
        asked = each.value
        if not asked.strip():
            return
        problems = await off_loop(signup.problems, self._order())
        for found in problems or []:
            if found.field == name and each.value == asked:
                each.wrong(found.message)

    def _show(self, problems: list[FieldProblem]) -> None:
        """Every fault beside its field, and the cursor in the first."""
        by_field = {found.field: found.message for found in reversed(problems)}
        every = {**self._fields(), "people": self.summary.people}
        wrong = [name for name in every if name in by_field]
        for name in wrong:
            every[name].wrong(by_field[name])
        if "accept_terms" in by_field:
            self.terms.wrong(by_field["accept_terms"])
        if wrong:
            every[wrong[0]].focus()
        elif "accept_terms" in by_field:
            self.terms.focus()
        others = [message for name, message in by_field.items() if name not in (*wrong, "accept_terms")]
        if others:
            self._say("Revisa tu pedido.", " ".join(others))

    def _say(self, title: str, words: str, tone: str = "bad") -> None:
        self.message.clear()
        self.message.set_visibility(True)
        with self.message:
            problem(title, words, tone=tone)

    async def _save(self) -> None:
        answers = self.answers()
        if answers != self._saved:
            self._saved = answers
            await off_loop(signup.save_draft, self.visitor, answers)
