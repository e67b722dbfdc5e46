"""/admin/jobs/N: a job's steps with their durations beside its live log."""

from html import escape

from fastapi import Request
from nicegui import ui

from domain import jobs
from domain.errors import NotFound
from domain.formats import clock, number
from domain.reports import jobs as report
from domain.reports.jobs import JobDetail
from ui import live
from ui.auth import Identity
from ui.components.button import button
from ui.components.log_view import LogView
from ui.components.problem import problem_html
from ui.components.state_badge import state_badge, words
from ui.components.steps import Steps
from ui.live import off_loop
from ui.pages.admin.console import act, console
from ui.pages.admin.missing import missing

TICK = 1.0  # seconds between two looks at a job that runs, so that its time is seen to pass


@ui.page("/admin/jobs/{job_id}")
async def job_page(request: Request, job_id: int) -> None:
    """One job, live."""
    try:
        detail = await off_loop(report.detail, job_id)
    except NotFound as error:
        await missing(request, "Trabajos", error.message)
        return
    head = JobHead(request.state.identity, job_id)
    async with console(request, "Trabajos", detail.row.title, action=head.build, above=f"Trabajos / {job_id}"):
        facts = ui.html("", sanitize=False)
        with ui.element("div").classes("split job"):
            with ui.element("section").classes("card tight").props('aria-label="Pasos"'):
                steps = Steps()
            log = LogView(job_id, live=_active(detail), name=f"Registro del trabajo {job_id}")

        def write(now: JobDetail) -> None:
            head.show(now)
            html = facts_html(now)
            if html != facts.content:
                facts.set_content(html)
            steps.show(now.steps)
            log.show_live(_active(now))
            ticking.active = _active(now)

        async def show() -> None:
            write(await off_loop(report.watched, job_id))

        ticking = ui.timer(TICK, show, active=False)
        write(detail)
        live.follow([f"job:{job_id}"], show)


def _active(detail: JobDetail) -> bool:
    return detail.row.status in ("queued", "running")


class JobHead:
    """The right of the title: the state, and what may be done now."""

    def __init__(self, identity: Identity, job_id: int) -> None:
        self._identity, self._job_id = identity, job_id

    def build(self) -> None:
        """Makes the elements where the frame wants them."""
        with ui.row().classes("row"):
            self._badge = state_badge("queued", "job")
            self._retry = button("Reintentar", self._on_retry, look="primary", small=True)
            self._cancel = button("Detener", self._on_cancel, look="danger", small=True)

    def show(self, detail: JobDetail) -> None:
        """The state as it is now; buttons only for those who may press them."""
        word, tone = words(detail.row.status, "job")
        if detail.row.cancel_requested and detail.row.status == "running":
            word = "Deteniendo"
        self._badge.show(word, tone)
        operates = self._identity.may("tenants.operate")
        self._retry.set_visibility(operates and detail.can_retry)
        self._cancel.set_visibility(operates and detail.can_cancel)

    async def _on_retry(self) -> None:
        await act(self._identity, "tenants.operate", _retry, self._job_id)

    async def _on_cancel(self) -> None:
        await act(self._identity, "tenants.operate", _cancel, self._job_id)


def _retry(job_id: int, *, by: str) -> None:
    jobs.retry(job_id, requested_by=by)


def _cancel(job_id: int, *, by: str) -> None:
    jobs.cancel(job_id, requested_by=by)


def facts_html(detail: JobDetail) -> str:
    """One line on where and since when, and below it why it waits or what went wrong."""
    row, said = detail.row, []
    if row.node:
        said.append(f"{row.node}, CT {row.container}.")
    said.append(f"Empezó a las {clock(row.started_at)} UTC." if row.started_at else "Aún no empieza.")
    if row.attempts > 1:
        said.append(f"Intento {row.attempts}.")
    if detail.node_tenants is not None:
        said.append(f"{number(detail.node_tenants)} de {number(detail.node_capacity or 0)} instancias en el nodo.")
    if detail.placement:
        said.append(f"Se eligió {detail.placement}.")
    if row.company:
        company = row.company.rstrip(".")
        said.append(f"Pedido de {company}." if row.requested_by == "sistema" else f"Para {company}.")
    if row.requested_by != "sistema":
        said.append(f"Lo pidió {row.requested_by}.")
    tenant = f' <a href="/admin/tenants/{row.tenant_id}">Ver la instancia</a>' if row.tenant_id else ""
    line = f'<p class="small muted num">{escape(" ".join(said))}{tenant}</p>'
    if row.status == "failed":
        line += problem_html("Falló.", row.error or "No se sabe por qué.", reference=f"T-{row.id}")
    elif row.status == "queued" and row.waiting_reason:
        line += problem_html("Espera.", row.waiting_reason, tone="warn")
    return f'<div class="stack" style="--gap:12px">{line}</div>'
