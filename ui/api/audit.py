"""The record of who did what as CSV, for administrators."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from domain.reports import audit
from domain.reports.audit import Entry
from ui import auth
from ui.api import sheets

router = APIRouter(prefix="/api", tags=["audit"])
Administrator = Annotated[auth.Identity, Depends(auth.may("audit.see"))]
COLUMNS = ("id", "at", "actor", "action", "target", "details", "address", "request_id")
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}}, "description": "One row an act."},
    401: {"description": "Nobody is logged in."},
    403: {"description": "The asker is not an administrator."},
}


@router.get("/audit.csv", response_class=StreamingResponse, responses=ANSWERS, summary="The record as CSV")
def export_audit(
    _who: Administrator,
    search: Annotated[
        str, Query(description="A whole login, address, request id or target, or how an action begins.")
    ] = "",
) -> StreamingResponse:
    """Every act that passes, oldest first, streamed."""
    headers = {"Content-Disposition": 'attachment; filename="registro.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_csv(audit.export(search)), media_type="text/csv; charset=utf-8", headers=headers)


def _csv(rows: Iterator[Entry]) -> Iterator[str]:
    yield sheets.MARK + sheets.line(COLUMNS)
    for row in rows:
        details = json.dumps(row.details, sort_keys=True, ensure_ascii=False)
        yield sheets.line([row.id, row.at, row.actor, row.action, row.target, details, row.address, row.request_id])
