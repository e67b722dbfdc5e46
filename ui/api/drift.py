"""The drift board by API: what disagrees, what a repair would do, doing it, and comparing now."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from domain import database, drift
from domain.drift_kinds import KINDS
from domain.reports import drift as report
from ui import auth

router = APIRouter(prefix="/api/drift", tags=["drift"])
Viewer = Annotated[auth.Identity, Depends(auth.may("panel.see"))]
Operator = Annotated[auth.Identity, Depends(auth.may("tenants.operate"))]
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Nobody is logged in."},
    403: {"description": "The account is not of the staff, or its role does not allow it."},
}
CHANGED: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such disagreement."},
    409: {"description": "The world has changed: nothing is to be repaired, or something else would be done."},
}


class Disagreement(BaseModel):
    """One thing that two of Stripe, our rows, the nodes and the proxy say differently. Sentences are in Spanish."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    kind: str = Field(examples=["row_without_database"])
    title: str
    subject: str
    reason: str
    tenant_id: int | None
    subdomain: str | None
    node: str | None
    first_seen: datetime
    last_seen: datetime
    repaired_by: str | None
    repair_job_id: int | None


class Source(BaseModel):
    """Whom the last comparison asked; `error`: why it did not answer, and then nothing was concluded from it."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    node: str | None
    count: int
    error: str | None
    answered_at: datetime | None


class DriftBoard(BaseModel):
    """Oldest first; `counts` has every kind; `compared_at` is the end of the last comparison."""

    compared_at: datetime | None
    running: bool
    waiting: bool
    counts: dict[str, int]
    sources: list[Source]
    disagreements: list[Disagreement]
    total: int
    page: int
    size: int


class Repair(BaseModel):
    """`effect` is the sentence that GET …/effect gave: what is to be done, and nothing else."""

    effect: str


class Effect(BaseModel):
    """What the repair would do."""

    effect: str


class Repaired(BaseModel):
    """The job that goes on with it; none where all is done."""

    job_id: int | None


@router.get("", responses=REFUSALS, summary="The drift board")
def read_board(
    _who: Viewer,
    kind: Annotated[str | None, Query(description=f"One of {', '.join(KINDS)}.")] = None,
    search: Annotated[str, Query(description="Part of a subdomain.")] = "",
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=200)] = 25,
) -> DriftBoard:
    """What disagrees now, whom the last comparison asked, and how many of each kind there are."""
    board = report.board()
    with database.reading() as session:
        counts = report.counts(session)
    found = report.page(report.Filter(search, kind, page, size))
    return DriftBoard(
        compared_at=board.ended_at,
        running=board.running,
        waiting=board.waiting,
        counts=counts,
        sources=[Source.model_validate(source) for source in board.sources],
        disagreements=[Disagreement.model_validate(row) for row in found.rows],
        total=found.total,
        page=found.number,
        size=found.size,
    )


@router.post("/compare", status_code=202, responses=REFUSALS, summary="Compare now")
def compare(who: Operator) -> None:
    """Asks a worker for a comparison at once."""
    drift.ask(by=who.login)


@router.get("/{drift_id}/effect", responses={**REFUSALS, **CHANGED}, summary="What a repair would do")
def read_effect(_who: Viewer, drift_id: int) -> Effect:
    """One sentence, computed by what will do it."""
    return Effect(effect=drift.preview(drift_id))


@router.post("/{drift_id}/repair", responses={**REFUSALS, **CHANGED}, summary="Repair")
def repair(who: Operator, drift_id: int, wanted: Repair) -> Repaired:
    """Does what the effect says, if it still would."""
    return Repaired(job_id=drift.repair(drift_id, wanted.effect, by=who.login))
