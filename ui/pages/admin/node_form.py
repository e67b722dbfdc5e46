"""Joining a node: a dialog in two steps. The key that the host shows is confirmed before anything is sent to it."""

from collections.abc import Callable
from html import escape

from nicegui import ui

from domain import joining
from domain.errors import AltaError, Invalid
from domain.joining import Candidate, Pass, Shown
from domain.placing import REGIONS
from ui import auth
from ui.auth import Identity
from ui.components.button import button
from ui.components.field import Field, field, select_field
from ui.components.heading import heading, text
from ui.live import off_loop

NO_REGION = "-"


def button_for(identity: Identity) -> Callable[[], object] | None:
    """What builds the button for administrators; None for others: a node's key opens the host's door."""
    if not identity.may("nodes.join"):
        return None
    return lambda: button("Añadir nodo", lambda: NodeForm(identity), look="primary", small=True)


class NodeForm:
    """The dialog; it closes when the node joins, and leads to the job that does it."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._candidate: Candidate | None = None
        self._shown: Shown | None = None
        with ui.dialog(value=True) as self._dialog, ui.element("div").classes("stack").style("--gap:14px;width:520px"):
            heading("Añadir nodo", 2)
            self._first = ui.element("div").classes("stack").style("--gap:14px")
            self._second = ui.element("div").classes("stack").style("--gap:14px")
        self._second.set_visibility(False)
        with self._first:
            self._where()
        self._dialog.on("hide", self._dialog.delete)

    def _where(self) -> None:
        text("Un contenedor LXC en un host Proxmox, al que se llega por SSH.", "small muted")
        regions = {NO_REGION: "Sin región", **{name: name.capitalize() for name in REGIONS}}
        number = "inputmode=numeric maxlength=9"
        self.fields: dict[str, Field] = {
            "name": field("Nombre", help_text="Como nodo-b: minúsculas, cifras y guiones."),
            "host": field("Host", help_text="Nombre o dirección IP."),
            "container": field("Contenedor", value="105", attributes=number),
            "port": field("Puerto SSH", value="22", attributes=number),
            "user": field("Usuario", value="root"),
            "http_url": field("Visitas", optional=True, help_text="A dónde llegan; si se deja vacío, http://HOST."),
            "capacity": field("Capacidad", value="80", attributes=number, help_text="Instancias como máximo."),
            "region": select_field("Región", regions, value=NO_REGION),
        }
        with ui.row().classes("row").style("justify-content:flex-end"):
            button("Cancelar", self._dialog.close)
            self._look_button = button("Ver su clave", self._look, look="primary")

    async def _look(self) -> None:
        """Step one: what was filled in, and the key that the host shows now."""
        self._look_button.props("loading")
        try:
            await auth.allow(self._identity, "nodes.join")
            candidate = self._read()
            joining.check(candidate)
            self._shown = await joining.door().shown(candidate.host, candidate.port)
            self._candidate = candidate
        except Invalid as error:
            self._say(error)
        except AltaError as error:
            self._calm()
            self.fields["host"].wrong(error.message)
        else:
            self._first.set_visibility(False)
            self._second.set_visibility(True)
            self._second.clear()
            with self._second:
                self._confirm(candidate, self._shown)
        finally:
            self._look_button.props(remove="loading")

    def _confirm(self, candidate: Candidate, shown: Shown) -> None:
        text(f"{candidate.host} muestra esta clave de host:", "small")
        # It breaks anywhere: a fingerprint of which a part is out of sight cannot be compared.
        ui.html(escape(shown.fingerprint), sanitize=False, tag="code").style("overflow-wrap:anywhere")
        text(
            "Compárala con la del host: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub. Si no es la misma, alguien "
            "se hace pasar por él.",
            "small muted",
        )
        self._same = ui.checkbox("Es la misma")
        self._password = field(f"Contraseña de {candidate.user}", kind="password", autocomplete="off",
                               help_text="Se usa una vez, ahora, y no se guarda.")  # fmt: skip
        self._key = field("O una clave privada que ya entre", optional=True, attributes="type=textarea rows=3",
                          help_text="También se usa una sola vez.")  # fmt: skip
        with ui.row().classes("row").style("justify-content:flex-end"):
            button("Volver", self._back)
            self._join_button = button("Unir", self._join, look="primary")

    def _back(self) -> None:
        self._second.set_visibility(False)
        self._first.set_visibility(True)

    async def _join(self) -> None:
        """Step two: our key gets in, and a job does the rest."""
        candidate, shown = self._candidate, self._shown
        if candidate is None or shown is None:
            return
        if not self._same.value:
            self._password.wrong("Confirma primero que la clave es la misma.")
            return
        self._join_button.props("loading")
        try:
            who = await auth.allow(self._identity, "nodes.join")
            file = await joining.let_in(candidate, shown, Pass(self._password.value, self._key.value))
            job = await off_loop(lambda: joining.admit(candidate, shown, file, by=who.login))
        except AltaError as error:
            self._password.wrong(error.message)
        else:
            ui.navigate.to(f"/admin/jobs/{job}")
        finally:
            self._password.set_value("")
            self._key.set_value("")
            self._join_button.props(remove="loading")

    def _read(self) -> Candidate:
        given = {name: one.value.strip() for name, one in self.fields.items()}
        numbers = {name: int(given[name]) if given[name].isdigit() else 0 for name in ("container", "port", "capacity")}
        region = "" if given["region"] == NO_REGION else given["region"]
        return Candidate(
            given["name"], given["host"], numbers["container"], numbers["port"], given["user"], given["http_url"],
            numbers["capacity"], region,
        )  # fmt: skip

    def _say(self, error: Invalid) -> None:
        self._calm()
        for problem in error.problems:
            self.fields[problem.field].wrong(problem.message)

    def _calm(self) -> None:
        for one in self.fields.values():
            if one.is_wrong:
                one.calm()
