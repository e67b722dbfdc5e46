"""The menu that a tenant's state drives: the server says what is offered, and asks again when it is chosen."""

from nicegui import ui

from domain import tenant_actions
from domain.reports.tenant_detail import OfferedAction, TenantDetail
from ui.auth import Identity
from ui.components.button import button
from ui.components.field import Field, field
from ui.components.heading import heading, text
from ui.components.state_badge import Badge
from ui.pages.admin import words
from ui.pages.admin.console import act


class TenantMenu:
    """Badge and actions at the right of the title."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._shown: tuple[object, ...] = ()

    def build(self) -> None:
        """Makes the elements where the frame wants them."""
        with ui.row().classes("row wrapping"):
            self._badge = Badge("…")
            self._place = ui.row().classes("row wrapping")

    def show(self, detail: TenantDetail) -> None:
        """The state and the actions as they are now; the buttons change only when what is offered does."""
        cell = words.tenant_state(detail.row.state)
        self._badge.show(cell["word"], cell["tone"])
        offered = (tuple(action.name for action in detail.actions), detail.failed_creation)
        if offered == self._shown:
            return
        self._shown = offered
        self._place.clear()
        if not self._identity.may("tenants.operate"):
            return
        with self._place:
            if detail.failed_creation is not None:
                button("Reintentar la creación", lambda: self._retry(detail.row.id), look="primary", small=True)
            for action in detail.actions:
                self._button(action, detail)

    def _button(self, action: OfferedAction, detail: TenantDetail) -> None:
        look = "danger" if action.dangerous else "plain"
        button(action.title, lambda: self._confirm(action, detail), look=look, small=True)

    def _confirm(self, action: OfferedAction, detail: TenantDetail) -> None:
        with ui.dialog(value=True) as dialog, ui.element("div").classes("stack").style("--gap:14px;width:480px"):
            heading(f"{action.title} {detail.row.subdomain}", 2)
            text(action.warning, "muted")
            asked = field(action.asks, value=action.proposed) if action.asks else None
            typed = field(f"Escribe {detail.row.subdomain} para confirmar") if action.typed else None
            with ui.row().classes("row").style("justify-content:flex-end"):
                button("Volver", dialog.close)
                look = "danger" if action.dangerous else "primary"
                button(action.title, lambda: self._do(dialog, action, detail, typed, asked), look=look)
        dialog.on("hide", dialog.delete)

    async def _do(
        self, dialog: ui.dialog, action: OfferedAction, detail: TenantDetail, typed: Field | None, asked: Field | None
    ) -> None:
        written = typed.value if typed else ""
        if typed and written.strip() != detail.row.subdomain:
            typed.wrong("No coincide.")
            return
        value = asked.value if asked else ""
        if await act(
            self._identity,
            "tenants.operate",
            tenant_actions.perform,
            detail.row.id,
            action.name,
            typed=written,
            value=value,
        ):
            dialog.close()

    async def _retry(self, tenant_id: int) -> None:
        await act(self._identity, "tenants.operate", tenant_actions.retry_creation, tenant_id)
