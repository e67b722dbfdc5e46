"""The address of the Odoo to be: named by the company until touched, and answered while one types."""

from collections.abc import Awaitable, Callable
from html import escape

from nicegui import ui

from domain import signup, subdomains
from domain.settings import settings
from domain.signup import Availability
from ui.components.field import field
from ui.components.latest import Latest
from ui.components.named import named
from ui.pages.public.live_name import WAIT

GOOD = ("free", "yours")


class AddressField:
    """`value` is the name as it will be; `touched` says that the visitor chose it."""

    def __init__(self, visitor: str, value: str, touched: bool, country: Callable[[], str]) -> None:
        self._visitor, self.touched, self._country = visitor, touched, country
        self._writing = False
        with ui.element("div"):
            self.field = field(
                "Dirección de tu Odoo",
                value=value,
                suffix=f".{settings().base_domain}",
                attributes=f"autocomplete=off maxlength=63 debounce={WAIT} data-name=subdomain",
                on_change=self._typed,
            )
            self.field.reserve_line()
            with ui.element("div").classes("row wrapping small").style("gap:4px 12px") as self._offers:
                pass
            self._offers.set_visibility(False)
            self.preview = ui.html("", sanitize=False, tag="p").classes("small muted break").props("aria-live=off")
        self._latest = Latest(self._ask, self._tell)
        self._preview()

    @property
    def value(self) -> str:
        """The name, normalised as the server will have it."""
        return subdomains.normalise(self.field.value)

    async def follow(self, company: str) -> None:
        """Names the address after the company, until the visitor touches it."""
        if not self.touched:
            await self._write(subdomains.from_company(company))

    async def choose(self, name: str) -> None:
        """Takes a proposal."""
        self.touched = True
        await self._write(name)
        self.field.focus()

    async def check(self) -> None:
        """Asks whether the name may be had, and says so below the field."""
        self._preview()
        if self.field.value.strip():
            await self._latest.ask(self.field.value, self._country())
        else:
            self._latest.forget()
            self._offer([])
            self.field.calm()

    def refuse(self, words: str, proposals: list[str] | None = None) -> None:
        """Says what is wrong with it."""
        self.field.wrong(words)
        self.preview.set_visibility(False)
        self._offer(proposals or [])

    def _typed(self) -> Awaitable[None] | None:
        # Not a coroutine itself: it must know at once whether it was us who wrote.
        if self._writing:
            return None
        # An address that was emptied is named by the company again.
        self.touched = bool(self.field.value.strip())
        return self.check()

    async def _write(self, name: str) -> None:
        self._writing = True
        try:
            self.field.set_value(name)
        finally:
            self._writing = False
        await self.check()

    def _ask(self, typed: str, country: str) -> tuple[str, Availability]:
        return typed, signup.availability(typed, visitor=self._visitor, country=country or None)

    def _tell(self, answer: tuple[str, Availability]) -> None:
        typed, found = answer
        if typed != self.field.value:
            return
        if found.state in GOOD:
            self.field.good(found.message)
            self.preview.set_visibility(True)
            self._offer([])
        else:
            self.refuse(found.message, found.proposals)

    def _offer(self, names: list[str]) -> None:
        self._offers.clear()
        self._offers.set_visibility(bool(names))
        with self._offers:
            if names:
                ui.html("Libres:", sanitize=False, tag="span").classes("muted")
            for name in names:
                use = ui.button(name, on_click=lambda name=name: self.choose(name), color=None)
                named(use.props("unelevated no-caps type=button").classes("btn link"), f"Usar {name}")

    def _preview(self) -> None:
        name = self.value
        self.preview.set_content(f"Entrarás en <b>{escape(settings().tenant_url(name))}</b>" if name else "")
