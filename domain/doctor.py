"""Is everything there that the program needs? One finding a check, with the remedy."""

import shutil
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import text

from domain import backup_keys, backup_store, backups, database, grants, plans, publishing, schema, stripe_gateway
from domain.errors import AltaError
from domain.settings import settings

DISK_NEEDED = 1_000_000_000  # bytes


@dataclass(frozen=True)
class Check:
    """`found` says what is so; `remedy` what to do where it is not `ok`."""

    name: str
    ok: bool
    found: str
    remedy: str = ""


def checks(url: str) -> list[Check]:
    """Runs every check of this side; never raises."""
    return [guarded(name, check) for name, check in _CHECKS.items()] if url else []


def guarded(name: str, check: Callable[[], Check]) -> Check:
    """What a check finds, or the error it ran into as a finding."""
    try:
        return check()
    except AltaError as error:
        return Check(name, ok=False, found=error.message, remedy=_REMEDIES.get(name, ""))
    except Exception as error:  # noqa: BLE001 - a doctor reports, whatever it is
        return Check(name, ok=False, found=f"{type(error).__name__}: {error}".strip(), remedy=_REMEDIES.get(name, ""))


def _database() -> Check:
    with database.engine().connect() as connection:
        version = connection.execute(text("show server_version")).scalar_one()
    return Check("database", ok=True, found=f"PostgreSQL {version}")


def _schema() -> Check:
    have, need = schema.current(), schema.newest()
    return Check("schema", ok=have == need, found=f"at {have}, needed {need}", remedy=_REMEDIES["schema"])


def _secrets() -> Check:
    weak = settings().weaknesses()
    return Check("secrets", ok=not weak, found="; ".join(weak) or "all set", remedy=_REMEDIES["secrets"])


def _role() -> Check:
    owner = grants.owns_the_record()
    found = "owns the audit's tables" if owner else "can add to the audit, not change it"
    return Check("database role", ok=not (owner and settings().public), found=found, remedy=_REMEDIES["database role"])


def _stripe() -> Check:
    stripe_gateway.check()
    return Check("stripe", ok=True, found="the key is accepted")


def _webhook() -> Check:
    count = len(settings().webhook_secrets)
    good = count > 0 and all(secret.startswith("whsec_") for secret in settings().webhook_secrets)
    return Check("webhook secret", ok=good, found=f"{count} active", remedy=_REMEDIES["webhook secret"])


def _plans() -> Check:
    offered = plans.catalogue()
    ready = bool(offered) and publishing.published()
    return Check("plans", ok=ready, found=f"{len(offered)} on offer", remedy=_REMEDIES["plans"])


def _mail() -> Check:
    address = urlsplit(settings().smtp_url)
    if not address.hostname:
        return Check("mail", ok=False, found="SMTP_URL is empty", remedy=_REMEDIES["mail"])
    kind = smtplib.SMTP_SSL if address.scheme == "smtps" else smtplib.SMTP
    with kind(address.hostname, address.port or 25, timeout=5) as server:
        server.noop()
    return Check("mail", ok=True, found=f"{address.hostname} answers")


def _backups() -> Check:
    if not backups.configured():
        return Check("backups", ok=False, found="off", remedy=_REMEDIES["backups"])
    key = backup_keys.key_id()
    backup_store.opened().check()
    return Check("backups", ok=True, found=f"the store takes and gives; sealed for {key}")


def _disk() -> Check:
    settings().data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings().data_dir).free
    return Check("disk", ok=free > DISK_NEEDED, found=f"{free / 1e9:.1f} GB free", remedy=_REMEDIES["disk"])


_CHECKS: dict[str, Callable[[], Check]] = {
    "database": _database,
    "schema": _schema,
    "database role": _role,
    "secrets": _secrets,
    "stripe": _stripe,
    "webhook secret": _webhook,
    "plans": _plans,
    "mail": _mail,
    "disk": _disk,
    "backups": _backups,
}

_REMEDIES = {
    "database": "Start PostgreSQL, or correct DATABASE_URL (postgresql://user:password@host/name).",
    "schema": "Run: uv run main.py migrate",
    "database role": "Serve as a role that owns no table: uv run main.py grant ROLE, then that role in DATABASE_URL.",
    "secrets": "Set the variables named above; .env.example says how to make each.",
    "stripe": "Check STRIPE_SECRET_KEY in Stripe's dashboard, and that this machine reaches Stripe.",
    "webhook secret": "Copy the endpoint's signing secret (whsec_…) from Stripe into STRIPE_WEBHOOK_SECRET.",
    "plans": "Run: uv run main.py plans publish",
    "mail": "Set SMTP_URL (smtp://user:password@host:587) to a server that answers.",
    "backups": "Set BACKUP_URL, and BACKUP_KEY to what `uv run main.py backup-key` prints; the store must be writable.",
    "disk": "Free space on the disk of DATA_DIR.",
}
