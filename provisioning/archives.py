"""Archives on their way between a node and the store: brought to the node before a restore or a proof, taken from it
after a backup. They flow through: nothing waits in memory but a few pieces, on disk nothing but on the node."""

import asyncio
import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from domain import backup_keys, backup_store, backup_streams, backups
from domain.backup_streams import Upload
from domain.backups import Stored
from domain.errors import Unavailable
from domain.settings import settings
from domain.states import BackupState
from provisioning import commands, facts, first_page
from provisioning.errand import BREATH, Errand
from provisioning.facts import Archive, BadAnswer
from provisioning.fleet import AWAY
from provisioning.host import NodeUnreachable

PIECE = 4 * 1024 * 1024  # bytes sent to a node at once: what a cut connection makes us send again
PIECE_SECONDS = 120.0
KEPT_IN_MANIFEST = ("res_users", "res_partner", "product_template", "sale_order", "account_move", "ir_attachment")


class StoreAway(Exception):
    """The store does not answer: nobody's fault, the job waits."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unusable(Exception):
    """The archive cannot be opened, or is not what was written down: waiting does not help."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


async def bring(errand: Errand) -> None:
    """Sends a restore or a proof its archive, unless its script has begun with it already."""
    backup = errand.assignment.backup
    if backup is None or errand.assignment.kind == "backup_tenant":
        return
    if errand.assignment.attempt > 1:
        state = await facts.job_state(errand.host, errand.assignment.ticket)
        if state.state in ("running", "ok"):
            return
    errand.transcript.begin_step("receive")
    with _plainly():
        if not backup_keys.known(backup.key_id or ""):
            raise Unusable(backup_keys.WRONG_KEY)
        store = await asyncio.to_thread(backup_store.opened)
        pieces = backup_streams.archive(store, backup.store_key)
        try:
            sent = await _send(errand, pieces)
        finally:
            await asyncio.to_thread(pieces.close)
    errand.transcript.note(f"copia {backup.id} enviada al nodo: {sent} bytes")


async def _send(errand: Errand, pieces: Iterator[bytes]) -> int:
    sent = 0
    while piece := await asyncio.to_thread(_next_piece, pieces):
        for patient in (True, False):
            argv = commands.receive(errand.assignment.node.container, errand.assignment.ticket, sent)
            try:
                done = await errand.host.run(argv, piece, timeout=PIECE_SECONDS)
                break
            except NodeUnreachable:
                if not patient:
                    raise
                await asyncio.sleep(BREATH)
        if done.exit_status != 0:
            raise Unusable(f"El nodo no acepta la copia: {done.said}")
        sent += len(piece)
    return sent


def _next_piece(pieces: Iterator[bytes]) -> bytes:
    piece = bytearray()
    for chunk in pieces:
        piece += chunk
        if len(piece) >= PIECE:
            break
    return bytes(piece)


async def take(errand: Errand, web: httpx.AsyncClient) -> None:
    """After the script: stores what a backup made; sees that what is on trial answers; tidies up on the node."""
    backup, kind = errand.assignment.backup, errand.assignment.kind
    if backup is None:
        return
    if kind == "backup_tenant":
        if backup.state != BackupState.STORED:
            errand.transcript.begin_step("store")
            with _plainly():
                await _store(errand, backup)
        # Only now is what an earlier restore replaced not needed any more.
        await _discard(errand, errand.assignment.subdomain)
        return
    if kind == "prove_backup" and not backup.answered:
        address = settings().tenant_url(f"prueba-{errand.assignment.ticket}")
        line = await first_page.seen(web, errand.assignment.node, urlsplit(address).netloc)
        await asyncio.to_thread(backups.answered, backup.id)
        errand.transcript.note(line)
    await _discard(errand)


async def _store(errand: Errand, backup: Stored) -> None:
    about = await facts.archive(errand.host, errand.assignment.ticket)
    store = await asyncio.to_thread(backup_store.opened)
    key_id = backup_keys.key_id()
    upload = Upload(store, backup.store_key)
    try:
        await _pull(errand, upload, about)
        if upload.sha256 != about.sha256:
            raise Unusable("Lo que llegó del nodo no es lo que el nodo copió: la suma de comprobación no coincide.")
        sealed = await asyncio.to_thread(upload.finish)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(upload.abandon))
        raise
    await asyncio.to_thread(
        backups.stored, backup.id, size=sealed.size, stored_size=sealed.stored_size, sha256=sealed.sha256,
        key_id=key_id, manifest=_summary(about),
    )  # fmt: skip
    errand.transcript.note(f"cifrada para {key_id[:12]}… y guardada: {sealed.stored_size} bytes en {backup.store_key}")


async def _pull(errand: Errand, upload: Upload, about: Archive) -> None:
    """The archive from the node into the store; a cut connection is read on from the byte where it broke."""

    async def pass_on(chunk: bytes) -> None:
        await asyncio.to_thread(upload.write, chunk)

    while upload.size < about.bytes:
        before = upload.size
        argv = commands.fetch(errand.assignment.node.container, errand.assignment.ticket, before)
        try:
            done = await errand.host.run(argv, on_chunk=pass_on)
        except NodeUnreachable:
            if upload.size == before:
                raise
            await asyncio.sleep(BREATH)
        else:
            if done.exit_status != 0 or upload.size == before:
                raise BadAnswer(f"fetch.sh ended with {done.exit_status} at {upload.size} of {about.bytes}", done.said)


def _summary(about: Archive) -> dict[str, object]:
    """What a page says of a backup; the whole manifest is in the archive."""
    records = about.manifest.get("records", {})
    return {
        "odoo": about.manifest.get("odoo", ""),
        "postgresql": about.manifest.get("postgresql", ""),
        "taken_at": about.manifest.get("taken_at", ""),
        "files": about.files,
        "missing": about.missing,
        "tables": len(records),
        "records": {name: records[name] for name in KEPT_IN_MANIFEST if name in records},
    }


async def tidy(errand: Errand) -> None:
    """After a failure or a stop: what a backup or a proof left on the node. A restore's is kept: it may be in the
    middle of its swap, and goes on from there."""
    if errand.assignment.backup is not None and errand.assignment.kind != "restore_tenant":
        with contextlib.suppress(*AWAY):
            await _discard(errand, anew=True)


async def _discard(errand: Errand, subdomain: str | None = None, *, anew: bool = False) -> None:
    argv = commands.discard(errand.assignment.node.container, errand.assignment.ticket, subdomain, anew=anew)
    done = await errand.host.run(argv, timeout=PIECE_SECONDS)
    if done.exit_status != 0:
        raise BadAnswer(f"discard.sh ended with {done.exit_status}", done.said)


@contextlib.contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except Unavailable as error:
        if error.code == "store":
            raise StoreAway(error.message) from error
        raise Unusable(error.message) from error
