"""Jobs by API: list, one with its steps, retry, cancel, and its log as a stream of JSON lines or as text."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from time import monotonic
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from domain import jobs, journal
from domain.reports import jobs as report
from ui import auth
from ui.api.log_stream import stream
from ui.components.ansi import plain

router = APIRouter(prefix="/api/jobs", tags=["jobs"])
Viewer = Annotated[auth.Identity, Depends(auth.may("panel.see"))]
Operator = Annotated[auth.Identity, Depends(auth.may("tenants.operate"))]
ASK_EVERY = 1.0  # seconds between two looks whether who follows a log still may
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Nobody is logged in."},
    403: {"description": "The account is not of the staff, or its role does not allow it."},
}
MISSING: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such job."}}
STATE: dict[int | str, dict[str, Any]] = {409: {"description": "The job's state does not allow it."}}


class JobSummary(BaseModel):
    """One job. `seconds` from start to end, or so far; `status`: queued, running, succeeded, failed, cancelled."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "example": {
                "id": 4812, "kind": "create_tenant", "title": "Crear panaderia-sol", "status": "running",
                "tenant_id": 1204, "subdomain": "panaderia-sol", "node": "nodo-a", "attempts": 1,
                "requested_by": "sistema", "waiting_reason": None, "error": None, "last_line": 18,
                "created_at": "2026-11-24T14:03:22Z", "started_at": "2026-11-24T14:03:22Z", "finished_at": None,
                "seconds": 0.41,
            }
        },
    )  # fmt: skip

    id: int
    kind: str
    title: str
    status: str
    tenant_id: int | None
    subdomain: str | None
    node: str | None
    attempts: int
    requested_by: str
    waiting_reason: str | None
    error: str | None
    last_line: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None


class JobPage(BaseModel):
    """Running jobs first, then waiting, then the newest; `total` counts all that pass the filter."""

    jobs: list[JobSummary]
    total: int
    page: int
    size: int


class Step(BaseModel):
    """`status`: todo, running, done, failed. `seconds` so far while it runs."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    title: str
    status: str
    seconds: float | None


class JobWithSteps(JobSummary):
    """One job with its steps, those to come too, and what may be done with it now."""

    steps: list[Step]
    can_retry: bool
    can_cancel: bool


def _whole(job_id: int) -> JobWithSteps:
    detail = report.detail(job_id)
    return JobWithSteps(
        **JobSummary.model_validate(detail.row).model_dump(),
        steps=[Step.model_validate(step) for step in detail.steps],
        can_retry=detail.can_retry,
        can_cancel=detail.can_cancel,
    )


@router.get("", responses=REFUSALS, summary="List jobs")
def list_jobs(
    _who: Viewer,
    status: Annotated[str | None, Query(description="queued, running, succeeded, failed or cancelled")] = None,
    search: Annotated[str, Query(description="Part of a subdomain.")] = "",
    tenant_id: int | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=200)] = 25,
) -> JobPage:
    """One page of jobs."""
    found = report.page(report.Filter(search, status, tenant_id, page, size))
    rows = [JobSummary.model_validate(row) for row in found.rows]
    return JobPage(jobs=rows, total=found.total, page=page, size=size)


@router.get("/{job_id}", responses={**REFUSALS, **MISSING}, summary="One job with its steps")
def read_job(_who: Viewer, job_id: int) -> JobWithSteps:
    """The job as it is now."""
    return _whole(job_id)


@router.post("/{job_id}/retry", responses={**REFUSALS, **MISSING, **STATE}, summary="Retry a failed or cancelled job")
def retry_job(who: Operator, job_id: int) -> JobWithSteps:
    """Puts the job back on the queue; what its steps achieved is kept."""
    jobs.retry(job_id, requested_by=who.login)
    return _whole(job_id)


@router.post("/{job_id}/cancel", responses={**REFUSALS, **MISSING, **STATE}, summary="Cancel a job")
def cancel_job(who: Operator, job_id: int) -> JobWithSteps:
    """Cancels a waiting job at once, or asks the worker to stop a running one."""
    jobs.cancel(job_id, requested_by=who.login)
    return _whole(job_id)


@router.get(
    "/{job_id}/log",
    response_class=StreamingResponse,
    responses={
        **REFUSALS,
        **MISSING,
        200: {
            "description": "One JSON object a line; while it follows, an empty line every 15 s keeps the way open.",
            "content": {
                "application/x-ndjson": {
                    "example": '{"n": 17, "at": "2026-11-24T14:03:22.371Z", "text": "copia de archivos"}\n'
                }
            },
        },
    },
    summary="A job's log as JSON lines",
)
async def read_log(
    request: Request,
    _who: Viewer,
    job_id: int,
    after: Annotated[int, Query(ge=0, description="Lines with a greater number only.")] = 0,
    follow: Annotated[bool, Query(description="Stay and send new lines until the job has ended.")] = False,
) -> StreamingResponse:
    """Numbers count from 1 without gaps, so that a reader who was cut off asks again after the last it has."""
    asked = monotonic()

    async def gone() -> bool:
        nonlocal asked
        if monotonic() - asked > ASK_EVERY:
            asked = monotonic()
            return not await auth.may_still(request, "panel.see")
        return await request.is_disconnected()

    lines: AsyncIterator[str] = await stream(job_id, after, follow=follow, gone=gone)
    # Said to be encoded already: compression would hold lines back until it has enough of them.
    headers = {"Cache-Control": "no-store", "Content-Encoding": "identity"}
    return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)


@router.get(
    "/{job_id}/log.txt",
    response_class=Response,
    responses={**REFUSALS, **MISSING, 200: {"content": {"text/plain": {}}, "description": "The whole log."}},
    summary="A job's log as text",
)
def download_log(_who: Viewer, job_id: int) -> StreamingResponse:
    """Every line kept so far, without colours."""
    report.ended(job_id)
    headers = {"Content-Disposition": f'attachment; filename="trabajo-{job_id}.txt"', "Cache-Control": "no-store"}
    return StreamingResponse(_text(job_id), media_type="text/plain; charset=utf-8", headers=headers)


def _text(job_id: int) -> Iterator[str]:
    last = 0
    while lines := journal.after(job_id, last, 2_000):
        last = lines[-1].n
        yield "".join(
            f"{line.at:%Y-%m-%dT%H:%M:%S}.{line.at.microsecond // 1000:03d}Z {plain(line.text)}\n" for line in lines
        )
