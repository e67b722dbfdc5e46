"""Backups by API: a tenant's list, one made now, one restored, one downloaded as it was made. For staff, and for the
owner of the tenant."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from domain import backup_requests, backup_store, backup_streams, backups
from domain.errors import NotFound
from ui import auth

router = APIRouter(prefix="/api/backups", tags=["backups"])
Anyone = Annotated[auth.Identity, Depends(auth.anyone())]
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Nobody is logged in."},
    404: {"description": "It does not exist, or not for the asker."},
    409: {"description": "The state of the tenant or of the backup does not allow it."},
}
_FROM = re.compile(r"bytes=(\d{1,15})-")


class BackupView(BaseModel):
    """`kind`: scheduled, manual, before_archive, before_restore; `state`: making, stored, failed; `size` in bytes;
    `proof`: passed or failed, once it was restored on trial."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    tenant_id: int
    kind: str
    state: str
    size: int | None
    created_at: datetime
    stored_at: datetime | None
    proof: str | None
    proof_note: str | None
    proven_at: datetime | None


class Wanted(BaseModel):
    """Whose backup is to be made."""

    tenant_id: int


class Confirmed(BaseModel):
    """`typed` must be the subdomain: everything newer than the backup is lost."""

    typed: str


def _may(
    identity: auth.Identity, tenant_id: int, *, staff: str = "tenants.operate", member: str = "odoo.manage"
) -> auth.Identity:
    """Who has `member` for its customer (staff on a visit there too), or staff with that capability; to others it does
    not exist."""
    customer_id = backup_requests.customer_of(tenant_id)
    if identity.may_there(member, customer_id):
        return auth.check(identity, member, customer_id)
    if identity.staff_role:
        return auth.check(identity, staff)
    raise NotFound("No existe esa instancia.")


TAKING = {"staff": "backups.operate", "member": "backups.take"}


@router.get("", response_model=list[BackupView], responses=REFUSALS, summary="A tenant's backups")
def list_backups(who: Anyone, tenant_id: Annotated[int, Query()]) -> Any:
    """Newest first; those that were pruned are left out."""
    _may(who, tenant_id, staff="panel.see")
    return backups.of_tenant(tenant_id)


@router.post("", status_code=202, responses=REFUSALS, summary="Make a backup now")
def make_backup(who: Anyone, wanted: Wanted) -> dict[str, str]:
    """Asks for it; the list shows when it is stored."""
    backup_requests.make(wanted.tenant_id, by=_may(who, wanted.tenant_id).login)
    return {"status": "queued"}


@router.post("/{backup_id}/restore", status_code=202, responses=REFUSALS, summary="Restore a backup")
def restore_backup(who: Anyone, backup_id: int, confirmed: Confirmed) -> dict[str, str]:
    """One more backup is made first; then the tenant returns to this one. A token has to be of the last
    15 minutes; or a key."""
    tenant_id = backup_requests.tenant_of(backup_id)
    backup_requests.restore(tenant_id, backup_id, typed=confirmed.typed, by=_may(who, tenant_id, **TAKING).login)
    return {"status": "queued"}


@router.get(
    "/{backup_id}/download",
    response_class=StreamingResponse,
    responses={
        **REFUSALS,
        200: {"content": {"application/x-tar": {}}, "description": "manifest.json, dump.pgc (pg_dump -Fc) and files/."},
        206: {"description": "The rest of it, from the byte that `Range: bytes=N-` names."},
        503: {"description": "The store does not answer."},
    },
    summary="Download a backup",
)
def download(request: Request, who: Anyone, backup_id: int) -> StreamingResponse:
    """The archive, opened as it flows. A download that was cut goes on where it broke (Range). With a token of the last
    15 minutes, or a key; staff while the customer lets them in."""
    asking = _may(who, backup_requests.tenant_of(backup_id), **TAKING)
    archive = backup_requests.readable(backup_id, by=asking.login, staff=asking.staff_role is not None)
    skip = _asked_from(request, archive)
    # Its first piece is waited for, so that a store that is away is told as such and not as a short file.
    pieces = backup_streams.archive(backup_store.opened(), archive.store_key, skip=skip)
    first = next(pieces, b"")
    headers = {
        "Content-Length": str(archive.size - skip),
        "Content-Disposition": f'attachment; filename="{archive.filename}"',
        "Content-Encoding": "identity",  # it is packed already, and its length must stay true
        "Accept-Ranges": "bytes",
        "ETag": f'"{archive.sha256}"',
        "Cache-Control": "no-store",
    }
    if skip:
        headers["Content-Range"] = f"bytes {skip}-{archive.size - 1}/{archive.size}"
    return StreamingResponse(
        _rest(first, pieces), 206 if skip else 200, headers=headers, media_type="application/x-tar"
    )  # fmt: skip


def _asked_from(request: Request, archive: backup_requests.Readable) -> int:
    """The byte to go on from; 0 for anything but the plain rest of this very archive."""
    found = _FROM.fullmatch(request.headers.get("range", ""))
    same = request.headers.get("if-range", f'"{archive.sha256}"') == f'"{archive.sha256}"'
    return int(found[1]) if found and same and int(found[1]) < archive.size else 0


def _rest(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces
