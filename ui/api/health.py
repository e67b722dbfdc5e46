"""Probes: /healthz (the process answers) and /readyz (it can do its work)."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from domain import health

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process is alive."""

    status: str = Field(examples=["ok"])


class Readiness(BaseModel):
    """`failing` names the parts that are not there: database, schema, worker."""

    status: str = Field(examples=["ready"])
    failing: list[str] = Field(examples=[[]])


@router.get("/healthz")
async def healthz() -> Health:
    """Answers as long as the process does; asks nobody."""
    return Health(status="ok")


@router.get(
    "/readyz", responses={503: {"model": Readiness, "description": "Something is missing; `failing` says what."}}
)
def readyz(response: Response) -> Readiness:
    """Database reachable, schema at this version, and some worker alive."""
    failing = [] if health.database_alive() else ["database", "schema", "worker"]
    if not failing:
        checks = {"schema": health.schema_current, "worker": health.worker_alive}
        failing = [name for name, check in checks.items() if not check()]
    response.status_code = 503 if failing else 200
    response.headers["Cache-Control"] = "no-store"
    return Readiness(status="failing" if failing else "ready", failing=failing)
