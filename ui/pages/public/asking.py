"""What the pages share that ask for a link by letter, and that such a link leads to: plain HTML, no script."""

from dataclasses import dataclass

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from domain import accounts
from domain.errors import TooMany
from ui import cookies, theme, visits
from ui.components.button import link_html
from ui.components.plain_form import PlainField, plain_form
from ui.components.problem import problem_html

NO_INDEX = '<meta name="robots" content="noindex">'
STALE = "La página llevaba mucho tiempo abierta. Inténtalo otra vez."
NO_ADDRESS = "Escribe tu correo completo, con la arroba."


@dataclass(frozen=True)
class Asking:
    """A form at `action` that sends a link: what stands above it, and what is said once it was asked for, whether or
    not there is such an account. `enters`: the link opens a session, and is for the browser that asks."""

    action: str
    title: str
    words: str
    sent: str
    enters: bool

    def form(
        self,
        request: Request,
        *,
        username: str = "",
        error: str = "",
        notice: str = "",
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """The page; `error` stands beside the field, `notice` above."""
        attributes = 'autocomplete="username" inputmode="email" autocapitalize="off" spellcheck="false" maxlength="254"'
        form = plain_form(
            self.action,
            [PlainField("username", "Correo", value=username[:254], error=error, attributes=attributes)],
            "Enviar el enlace",
            hidden={"csrf": cookies.csrf_token(request)},
            after='<p class="small"><a href="/login">Volver a entrar</a></p>',
        )
        above = problem_html("No se envió.", notice) if notice else ""
        body = f'<h1 class="h-page">{self.title}</h1>{above}<p class="muted">{self.words}</p>{form}'
        return document(self.title, body, status, headers)

    async def answer(self, request: Request, username: str, csrf: str) -> Response:
        """Has the link sent, or the form again with what was wrong."""
        if not cookies.csrf_good(request, csrf):
            return self.form(request, username=username, notice=STALE, status=403)
        if "@" not in username or len(username) > 254:
            return self.form(request, username=username, error=NO_ADDRESS, status=422)
        visitor = request.state.visitor if self.enters else None
        try:
            await run_in_threadpool(lambda: accounts.ask_link(username, visits.address(request), visitor=visitor))
        except TooMany as many:
            headers = {"Retry-After": str(many.retry_after)}
            return self.form(request, username=username, notice=many.message, status=429, headers=headers)
        said = f'<h1 class="h-page">Mira tu correo</h1><p class="muted" role="status">{self.sent}</p>'
        return document("Mira tu correo", said)

    def gone(self, lasts: str) -> Response:
        """The link is used, or older than it `lasts`."""
        body = (
            '<h1 class="h-page">Este enlace ya no sirve</h1>'
            f'<p class="muted">Ya se usó, o pasaron más de {lasts} desde que te lo enviamos.</p>'
            f"<div>{link_html('Pedir un enlace nuevo', self.action, look='primary')}</div>"
        )
        return document("Este enlace ya no sirve", body, 410)


def document(title: str, body: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A plain page that no search engine keeps and no browser either."""
    page = theme.public_document(
        f"{title} · Alta" if status < 400 else f"Error: {title} · Alta",
        f'<div class="stack" style="--gap:20px">{body}</div>',
        head=NO_INDEX,
    )
    return HTMLResponse(page, status, {"Cache-Control": "no-store", **(headers or {})})
