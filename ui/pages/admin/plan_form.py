"""/admin/plans/CODE and /admin/plans/new: one plan, edited whole; what is wrong is said beside its field."""

from html import escape

from fastapi import Request
from nicegui import ui

from domain import blueprints, catalogue_editor, currencies, plan_limits, publishing
from domain.catalogue import BLUEPRINT
from domain.catalogue_editor import PlanForm
from domain.errors import AltaError, Conflict, Invalid, NotFound
from domain.plans import INTERVALS
from ui import auth
from ui.auth import Identity
from ui.components.button import button, link
from ui.components.field import Field, field, select_field
from ui.components.heading import heading, text
from ui.live import off_loop
from ui.pages.admin.console import act, console
from ui.pages.admin.missing import missing

PLAIN = "-"
WORDS = {"month": "al mes", "year": "al año"}
NUMBER = "inputmode=numeric maxlength=9"
DECIMAL = "inputmode=decimal maxlength=20"


@ui.page("/admin/plans/new")
async def new_page(request: Request) -> None:
    """An empty form."""
    async with console(request, "Planes", "Plan nuevo", above="Planes / nuevo"):
        PlanPage(request.state.identity, PlanForm("", "", blueprint=BLUEPRINT), creating=True)


@ui.page("/admin/plans/new-extra")
async def new_extra_page(request: Request) -> None:
    """An empty form for what is added to a plan by the piece."""
    async with console(request, "Planes", "Extra nuevo", above="Planes / extra nuevo"):
        PlanPage(request.state.identity, PlanForm("", "", staging_copies=0, kind="extra"), creating=True)


@ui.page("/admin/plans/{code}")
async def plan_page(request: Request, code: str) -> None:
    """The plan as it is."""
    try:
        entry = await off_loop(catalogue_editor.entry, code)
    except NotFound as error:
        await missing(request, "Planes", error.message)
        return
    async with console(request, "Planes", entry.form.name, above=f"Planes / {code}"):
        PlanPage(request.state.identity, entry.form, creating=False, removable=not entry.subscribers)


class PlanPage:
    """The form. It saves everything or nothing, then publishes; a Stripe that is away is said and loses nothing."""

    def __init__(self, identity: Identity, form: PlanForm, *, creating: bool, removable: bool = False) -> None:
        self._identity, self._creating, self._extra = identity, creating, form.kind == "extra"
        self.fields: dict[str, Field] = {}
        with ui.element("form").classes("stack").style("--gap:16px;max-width:760px").props("novalidate") as place:
            self._said(form)
            self._sold(form)
            self._given(form)
            if identity.may("catalogue.edit"):
                with ui.row().classes("row wrapping"):
                    self._save_button = button("Guardar y publicar", look="primary").props("type=submit")
                    link("Volver", "/admin/plans")
                    if removable and not creating:
                        button("Borrar el plan", lambda: self._remove(form.code), look="danger").props("type=button")
        place.on("submit.prevent", self._save)

    def _said(self, form: PlanForm) -> None:
        with ui.element("section").classes("card stack"):
            heading("Lo que se lee", 2)
            code = field("Código", value=form.code, help_text="Como pyme: va en las direcciones y no cambia.")
            if not self._creating:
                code.control.disable()
            self.fields["code"] = code
            self.fields["name"] = field("Nombre", value=form.name)
            self.fields["summary"] = field("Para quién es", value=form.summary, optional=True)
            lines = field(
                "Qué incluye", value="\n".join(form.features), optional=True, help_text="Una línea por punto.",
                attributes="type=textarea rows=4",
            )  # fmt: skip
            self.fields["features"] = lines
            self._visible = ui.checkbox("A la venta", value=form.visible)
            self._highlighted = ui.checkbox("Destacado", value=form.highlighted)
            self._highlighted.set_visibility(not self._extra)

    def _sold(self, form: PlanForm) -> None:
        self._prices: dict[tuple[str, str], Field] = {}
        with ui.element("section").classes("card stack"):
            heading("Precios", 2)
            text("Vacío: no se vende así. Quien ya paga un precio que cambia lo conserva.", "small muted")
            self._price_fault = text("", "hint bad").props("role=alert")
            self._price_fault.set_visibility(False)
            used = [code for code in currencies.SOLD_IN if any(code == money for money, _ in form.prices)]
            first = list(dict.fromkeys([*used, *currencies.SOLD_IN[:5]]))
            self._rows = ui.element("div").classes("stack").style("--gap:8px")
            for code in first:
                self._price_row(code, form)
            others = {code: code for code in currencies.SOLD_IN if code not in first}

            def add(event: object) -> None:
                code = getattr(event, "value", None)
                if code and (code, "month") not in self._prices:
                    self._price_row(str(code), form)

            more = select_field("Otra moneda", others, optional=True, on_change=add)
            more.box.style("max-width:220px")
            self._per_person = ui.checkbox("El precio es por persona", value=form.per_person)
            self.fields["trial_days"] = field(
                "Días de prueba",
                value=str(form.trial_days),
                attributes=NUMBER,
                help_text="0: sin prueba.",
            )
            for each in (self._per_person, self.fields["trial_days"].box):
                each.set_visibility(not self._extra)

    def _price_row(self, code: str, form: PlanForm) -> None:
        with self._rows, ui.element("div").classes("cols-2"):
            for interval in INTERVALS:
                cents = form.prices.get((code, interval))
                value = "" if cents is None else currencies.written(cents, code)
                self._prices[code, interval] = field(
                    f"{code}, {WORDS[interval]}",
                    value=value,
                    optional=True,
                    attributes=DECIMAL,
                )

    def _given(self, form: PlanForm) -> None:
        self._limits: dict[str, Field] = {}
        with ui.element("section").classes("card stack"):
            heading("Lo que suma cada uno" if self._extra else "Lo que da", 2)
            families = {recipe.family: recipe.family.capitalize() for recipe in blueprints.RECIPES.values()}
            self.fields["blueprint"] = select_field(
                "Plantilla", {PLAIN: "Odoo sin módulos", **families}, value=form.blueprint or PLAIN
            )
            self.fields["blueprint"].box.set_visibility(not self._extra)
            with ui.element("div").classes("cols-2"):
                self.fields["staging_copies"] = field(
                    "Copias de pruebas a la vez", value=str(form.staging_copies), attributes=NUMBER
                )
                for limit in plan_limits.LIMITS:
                    if self._extra and limit.name not in plan_limits.EXTENDED:
                        continue
                    value, words = str(plan_limits.of(form.limits, limit.name)), limit.words
                    words = words.replace(" (0: sin límite)", "") if self._extra else words
                    self._limits[limit.name] = field(words, value=value, attributes=NUMBER)

    def _read(self) -> tuple[PlanForm | None, dict[Field, str]]:
        """The form as filled in; None, and what is wrong, where a number is none."""
        wrong: dict[Field, str] = {}

        def number(one: Field) -> int:
            if one.value.strip().isdigit() and one.value.isascii():
                return int(one.value)
            wrong[one] = "Escribe un número."
            return 0

        prices: dict[tuple[str, str], int] = {}
        for (code, interval), one in self._prices.items():
            cents = currencies.parse(one.value, code) if one.value.strip() else None
            if cents is not None:
                prices[code, interval] = cents
            elif one.value.strip():
                wrong[one] = f"No es un importe en {code}."
        limits = {name: number(one) for name, one in self._limits.items()}
        given = self.fields
        form = PlanForm(
            given["code"].value.strip(), given["name"].value.strip(), given["summary"].value.strip(),
            tuple(line.strip() for line in given["features"].value.splitlines() if line.strip()),
            bool(self._visible.value), bool(self._highlighted.value),
            None if given["blueprint"].value == PLAIN else given["blueprint"].value,
            number(given["trial_days"]), number(given["staging_copies"]),
            {name: value for name, value in limits.items() if value != plan_limits.BY_NAME[name].usual}, prices,
            "extra" if self._extra else "plan", bool(self._per_person.value),
        )  # fmt: skip
        return (None if wrong else form), wrong

    async def _save(self) -> None:
        for one in [*self.fields.values(), *self._prices.values(), *self._limits.values()]:
            one.calm()
        self._price_fault.set_visibility(False)
        form, wrong = self._read()
        if form is None:
            self._point(wrong)
            return
        self._save_button.props("loading")
        try:
            who = await auth.allow(self._identity, "catalogue.edit")
            await off_loop(lambda: catalogue_editor.save(form, by=who.login, creating=self._creating))
        except Invalid as error:
            self._refused(error)
        except Conflict as error:
            self._point({self.fields["code"]: error.message})
        except AltaError as error:
            ui.notify(error.message)
        else:
            await self._publish()
        finally:
            self._save_button.props(remove="loading")

    async def _publish(self) -> None:
        try:
            await off_loop(publishing.publish)
        except AltaError as error:
            ui.notify(f"Guardado, pero Stripe aún no lo sabe: {error.message}")
            return
        ui.navigate.to("/admin/plans")

    def _refused(self, error: Invalid) -> None:
        wrong: dict[Field, str] = {}
        for one in error.problems:
            if one.field == "prices":
                self._price_fault.set_content(escape(one.message))
                self._price_fault.set_visibility(True)
            else:
                wrong[self.fields.get(one.field) or next(iter(self._limits.values()))] = one.message
        self._point(wrong)

    def _point(self, wrong: dict[Field, str]) -> None:
        for one, words in wrong.items():
            one.wrong(words)
        if wrong:
            next(iter(wrong)).focus()

    async def _remove(self, code: str) -> None:
        if await act(self._identity, "catalogue.edit", catalogue_editor.remove, code):
            ui.navigate.to("/admin/plans")
