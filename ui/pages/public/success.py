"""`/success?session_id=…`: waits and shows. What it says is read from rows; a notice only says "look again"."""

from datetime import UTC, datetime, timedelta

from nicegui import ui

from domain import new_passwords, signup
from domain.signup import Progress
from ui import theme
from ui.components.button import button, link_html
from ui.components.heading import heading, text
from ui.components.problem import problem_html
from ui.components.steps import Steps
from ui.live import follow, off_loop
from ui.pages.public import success_words

TITLE = "Tu Odoo · Alta"
LONGEST = 255  # characters of a session id that are looked at
OFFERED_FOR = timedelta(hours=24)
EVERY = 2.0  # seconds between two looks where no notice comes
SHAPE = (
    '<div class="stack" style="--gap:20px;padding-top:28px"><h1 class="h-page">Tu Odoo</h1>'
    '<div class="skeleton" style="height:20px;width:60%"></div><div class="skeleton" style="height:260px"></div></div>'
)


@ui.page("/success", title=TITLE)
async def page(session_id: str = "") -> None:
    """Whoever holds the session's id sees how far their order is, early, late or twice."""
    first = await off_loop(signup.progress, session_id[:LONGEST])
    ui.add_head_html('<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">')
    with theme.public_frame(TITLE, wrap="narrow", waiting=SHAPE, nav=" "):
        Waiting(session_id[:LONGEST], first)


class Waiting:
    """The live part: heading, words, steps and buttons, each written only when it changes."""

    def __init__(self, session_id: str, first: Progress) -> None:
        self._session_id = session_id
        self._followed: set[str] = set()
        self._heading = heading("", 1, look="h-page").props("aria-live=polite")
        self._words = text("", "muted break")
        self._note = ui.html("", sanitize=False).props("aria-live=polite")
        self._card = ui.element("div").classes("card").style("padding:12px 20px")
        with self._card:
            self._steps = Steps()
        with ui.element("div").classes("row wrapping"):
            self._doors = ui.html("", sanitize=False).style("display:contents")
            self._password = button("Crea tu contraseña", self._create_password, wide_on_phone=True)
        self._answer = text("", "small muted break").props("aria-live=polite")
        self._timer = ui.timer(EVERY, self.look, immediate=False)
        self._show(first)

    async def look(self) -> None:
        """Reads how far it is, and shows it."""
        found = await off_loop(signup.progress, self._session_id)
        self._show(found)

    def _show(self, progress: Progress) -> None:
        said = success_words.words(progress)
        self._set(self._heading, said.title)
        self._set(self._words, said.text)
        note = problem_html(said.note_title, said.note, tone=said.tone, reference=said.reference) if said.note else ""
        self._set(self._note, note)
        self._note.set_visibility(bool(note))
        self._card.set_visibility(bool(progress.steps) and said.steps)
        self._steps.show(progress.steps)
        doors = "".join(link_html(door.words, door.href, look=door.look) for door in said.doors)
        self._set(self._doors, doors)
        self._password.set_visibility(said.password and _is_fresh(progress))
        self._follow(progress)
        if said.over:
            self._timer.deactivate()

    @staticmethod
    def _set(element: ui.html, html: str) -> None:
        if element.content != html:
            element.set_content(html)

    def _follow(self, progress: Progress) -> None:
        ids = {"tenant": progress.tenant_id, "job": progress.job_id}
        topics = {f"{noun}:{number}" for noun, number in ids.items() if number is not None} - self._followed
        if topics:
            self._followed |= topics
            follow(sorted(topics), self.look)

    async def _create_password(self) -> None:
        """Leads to the form by a link made now; where only the letter's link will do, says so."""
        path = await off_loop(_first_password, self._session_id)
        if path:
            ui.navigate.to(path)
        else:
            self._set(self._answer, "Te enviamos un correo con el enlace para crear tu contraseña.")


def _first_password(session_id: str) -> str | None:
    found = signup.progress(session_id)
    if found.customer_id is None or not found.password_needed or not _is_fresh(found):
        return None
    return new_passwords.first_password_path(found.customer_id)


def _is_fresh(progress: Progress) -> bool:
    """The page's address is the buyer's secret, but addresses stay in histories: it opens nothing after a day."""
    return progress.paid_at is not None and datetime.now(UTC) - progress.paid_at < OFFERED_FOR
