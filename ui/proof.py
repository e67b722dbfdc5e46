"""Asking somebody who is inside to show once more that it is them, before what is dangerous; good for 15 minutes."""

import asyncio

from nicegui import ui
from nicegui.elements.dialog import Dialog

from domain import entering, passkeys
from domain.entering import Proofs
from domain.errors import AltaError
from domain.identities import Identity
from ui import visits
from ui.components import passkey
from ui.components.button import button
from ui.components.field import Field, field
from ui.components.heading import heading, text
from ui.live import off_loop

WORDS = "Lo que vas a hacer es delicado. Vale durante 15 minutos."
NOTHING = "Sal y vuelve a entrar: eso vale como prueba durante 15 minutos."


async def ask(identity: Identity) -> bool:
    """A dialog over the page; True once they have proved who they are, False when they give up."""
    can = await off_loop(entering.proofs, identity.account_id)
    done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    with ui.context.client.content:
        _Asking(identity, can, done)
    return await done


class _Asking:
    """The dialog, until it is answered or left."""

    def __init__(self, identity: Identity, can: Proofs, done: "asyncio.Future[bool]") -> None:
        self._identity, self._done = identity, done
        self._request = ui.context.client.request
        with ui.dialog(value=True) as self._dialog, ui.element("div").classes("stack") as inside:
            inside.style("--gap:14px;width:420px")
            heading("Confirma que eres tú", 2)
            text(WORDS if can.any else NOTHING, "small muted")
            self._field = self._line(can)
            with ui.row().classes("row wrapping").style("justify-content:flex-end"):
                button("Volver", self._dialog.close)
                if can.passkeys and passkeys.possible():
                    button("Usar tu llave", self._by_key, look="plain" if self._field else "primary")
                if self._field:
                    button("Confirmar", self._by_word, look="primary")
        self._dialog.on("hide", lambda: _left(self._dialog, done))
        ui.context.client.on_delete(lambda: _left(None, done))

    def _line(self, can: Proofs) -> Field | None:
        if not (can.app or can.password):
            return None
        words = "Código de tu aplicación" if can.app else "Tu contraseña"
        complete = "one-time-code" if can.app else "current-password"
        made = field(words, kind="text" if can.app else "password", autocomplete=complete, attributes="autofocus")
        made.control.on("keydown.enter", self._by_word)
        return made

    async def _by_word(self) -> None:
        if self._field is None:
            return
        try:
            await off_loop(entering.prove, self._identity, self._field.value, visits.address(self._request))
        except AltaError as error:
            self._field.wrong(error.message)
            return
        self._proved()

    async def _by_key(self) -> None:
        try:
            await by_passkey(self._identity)
        except AltaError as error:
            ui.notify(error.message)
            return
        self._proved()

    def _proved(self) -> None:
        if not self._done.done():
            self._done.set_result(True)
        self._dialog.close()


async def by_passkey(identity: Identity) -> None:
    """Asks the browser for one of their passkeys. Raises NotLoggedIn."""
    visitor = ui.context.client.request.state.visitor
    options = await off_loop(passkeys.ask, visitor, identity.account_id)
    answer = await passkey.call("get", options)
    await off_loop(entering.prove_by_passkey, identity, answer, visitor)


def _left(dialog: Dialog | None, done: "asyncio.Future[bool]") -> None:
    if not done.done():
        done.set_result(False)
    if dialog is not None:
        dialog.delete()
