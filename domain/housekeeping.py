"""What time does to rows: letters that were not sent are sent again, what nobody needs any more is deleted."""

from sqlalchemy import text

from domain import database, letters, queue

BATCH = 20_000  # log lines deleted in one transaction: short locks

_UNSENT = text(
    "select id from letter where sent_at is null and attempts < :tries "
    "and created_at < now() - interval '10 minutes' and not exists (select 1 from procrastinate_jobs queued "
    "where queued.task_name = :task and queued.status in ('todo', 'doing') "
    "and (queued.args ->> 'letter_id')::bigint = letter.id) for update skip locked"
)
_OLD_LINES = text(
    "delete from log_line where ctid in (select line.ctid from log_line line join job on job.id = line.job_id "
    "where job.finished_at < now() - interval '90 days' limit :batch)"
)
_OLD = (
    text("delete from throttle where since < now() - interval '1 day'"),
    text("delete from one_time_token where expires_at < now() - interval '30 days'"),
    text("delete from login_session where expires_at < now() - interval '30 days'"),
    text("delete from hook_delivery where created_at < now() - interval '30 days'"),
    text("delete from challenge where expires_at < now()"),
    text("delete from known_device where seen_at < now() - interval '180 days'"),
    text("delete from refresh_token where created_at < now() - interval '30 days'"),
    text("delete from signup_draft where updated_at < now() - interval '30 days'"),
    text(
        "delete from procrastinate_jobs where status in ('succeeded', 'failed', 'cancelled', 'aborted') and not exists "
        "(select 1 from procrastinate_events event where event.job_id = procrastinate_jobs.id "
        "and event.at > now() - interval '30 days')"
    ),
)


def resend_letters() -> int:
    """Queues letters that are not sent and that nobody is about to try (again); returns how many."""
    with database.transaction() as session:
        parameters = {"tries": letters.TRIES, "task": queue.SEND_LETTER}
        unsent = session.execute(_UNSENT, parameters).scalars().all()
        for letter_id in unsent:
            queue.defer(session, queue.SEND_LETTER, {"letter_id": letter_id}, queue="letters")
    return len(unsent)


def prune() -> int:
    """Deletes what is too old to matter: log lines of jobs that ended 90 days ago, links, logins, drafts, counters.

    Returns how many log lines went.
    """
    with database.transaction() as session:
        for statement in _OLD:
            session.execute(statement)
    lines = 0
    while True:
        with database.transaction() as session:
            gone: int = session.execute(_OLD_LINES, {"batch": BATCH}).rowcount  # type: ignore[attr-defined]
        lines += gone
        if gone < BATCH:
            return lines
