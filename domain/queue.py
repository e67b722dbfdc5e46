"""Putting work on Procrastinate's queue inside the business transaction, by SQL: both are kept or neither.

The tasks themselves are in `provisioning/worker.py`; their names and arguments are the contract between the two.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

RUN_JOB = "alta.run_job"  # {"job_id": int}
SEND_LETTER = "alta.send_letter"  # {"letter_id": int}
SEND_LINK = "alta.send_link"  # {"login": str, "visitor": str | None}

# Explicit casts throughout: the composite type takes no untyped parameters.
_DEFER = text(
    "select unnest(procrastinate_defer_jobs_v1(array[row(cast(:queue as varchar), cast(:task as varchar), 0, "
    "cast(:lock as text), cast(:queueing_lock as text), cast(:args as jsonb), cast(:scheduled_at as timestamptz))]"
    "::procrastinate_job_to_defer_v1[]))"
)


def defer(
    session: Session,
    task: str,
    args: Mapping[str, Any],
    *,
    queue: str,
    lock: str | None = None,
    queueing_lock: str | None = None,
    scheduled_at: datetime | None = None,
) -> int:
    """Queues `task`; returns Procrastinate's job id. Two jobs with one `lock` never run at once."""
    parameters = {
        "queue": queue,
        "task": task,
        "lock": lock,
        "queueing_lock": queueing_lock,
        "args": json.dumps(args),
        "scheduled_at": scheduled_at,
    }
    return int(session.execute(_DEFER, parameters).scalar_one())
