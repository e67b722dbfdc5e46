"""What may be asked of a node, as pure builders of argument lists. Nothing that fails its grammar becomes a command."""

import re

_SUBDOMAIN = re.compile(r"[a-z][a-z0-9-]{2,30}")
_JOB = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}")
_ARCHIVED = re.compile(r"archived-[a-z][a-z0-9-]{2,30}-[A-Za-z0-9][A-Za-z0-9_-]{0,19}")
_BIN = "/opt/alta/bin"


def create_tenant(container: int, subdomain: str) -> list[str]:
    """Clones the template into a new tenant. Standard input: job, company, login, password_hash, language, country,
    currency, base_url; `offset` says from which byte of the job's log its output begins (0 when absent)."""
    return _tenant_verb(container, "create_tenant", subdomain)


def suspend(container: int, subdomain: str) -> list[str]:
    """Closes a tenant to everyone; its data stay. Standard input: job, offset, reason, portal."""
    return _tenant_verb(container, "suspend", subdomain)


def resume(container: int, subdomain: str) -> list[str]:
    """Opens a suspended tenant. Standard input: job, offset."""
    return _tenant_verb(container, "resume", subdomain)


def archive(container: int, subdomain: str) -> list[str]:
    """Keeps a tenant's data under another name. Standard input: job, offset."""
    return _tenant_verb(container, "archive", subdomain)


def set_password(container: int, subdomain: str) -> list[str]:
    """Changes the owner's password in Odoo. Standard input: job, offset, login, password_hash."""
    return _tenant_verb(container, "set_password", subdomain)


def clone(container: int, source: str) -> list[str]:
    """Makes a staging copy of a tenant. Standard input: job, offset, to (the copy's subdomain), base_url."""
    return _tenant_verb(container, "clone", source)


def delete(container: int, archived: str) -> list[str]:
    """Deletes an archived database, by the name that archiving gave it, and its files. Standard input: job, offset."""
    if not (isinstance(archived, str) and _ARCHIVED.fullmatch(archived)):
        raise ValueError(f"not an archived database: {archived!r}")
    return _verb(container, "delete", archived)


def set_domain(container: int, subdomain: str) -> list[str]:
    """Sets a tenant's own domain, or takes it back where `domain` is empty. Standard input: job, offset, domain,
    base_url."""
    return _tenant_verb(container, "set_domain", subdomain)


def update_modules(container: int, subdomain: str) -> list[str]:
    """Updates a tenant's modules. Standard input: job, offset, modules (with commas; empty: those that changed)."""
    return _tenant_verb(container, "update_modules", subdomain)


def backup(container: int, subdomain: str) -> list[str]:
    """Makes the tenant's archive, kept on the node under the job's name. Standard input: job, offset."""
    return _tenant_verb(container, "backup", subdomain)


def restore(container: int, subdomain: str) -> list[str]:
    """Puts the archive that was received for this job in the tenant's place. Standard input: job, sha256, offset."""
    return _tenant_verb(container, "restore", subdomain)


def prove(container: int, subdomain: str) -> list[str]:
    """Restores the archive that was received for this job on trial. Standard input: job, sha256, offset."""
    return _tenant_verb(container, "prove", subdomain)


def move_in(container: int, subdomain: str) -> list[str]:
    """Makes ready what comes from another node, closed. Standard input: job, offset, first, sha256, and with the second
    archive last."""
    return _tenant_verb(container, "move_in", subdomain)


def move_open(container: int, subdomain: str) -> list[str]:
    """Gives what was made ready the tenant's name and opens it. Standard input: job, offset, first, state, staging_of,
    reason, portal."""
    return _tenant_verb(container, "move_open", subdomain)


def fetch(container: int, job_id: int | str, offset: int = 0) -> list[str]:
    """Prints the archive that a job made, raw, from byte `offset` on."""
    return _verb(container, "fetch", _job(job_id), _offset(offset))


def fetch_about(container: int, job_id: int | str) -> list[str]:
    """Asks what the archive is that a job made."""
    return _verb(container, "fetch", _job(job_id), "about")


def receive(container: int, job_id: int | str, offset: int) -> list[str]:
    """Takes a piece of an archive from standard input and puts it at byte `offset`."""
    return _verb(container, "receive", _job(job_id), _offset(offset))


def discard(container: int, job_id: int | str, subdomain: str | None = None, *, anew: bool = False) -> list[str]:
    """Removes a job's archive and trial; with the subdomain also what an earlier restore of it replaced. `anew`: the
    same job, asked for again, is done again."""
    words = [_subdomain(subdomain)] if subdomain is not None else ["ANEW"] * anew
    return _verb(container, "discard", _job(job_id), *words)


def usage(container: int, subdomain: str) -> list[str]:
    """Asks what a tenant occupies."""
    return _tenant_verb(container, "usage", subdomain)


def build_blueprint(container: int, name: str) -> list[str]:
    """Builds a template database for new tenants. Standard input: job, offset, modules, languages (names with commas),
    country, currency."""
    return _tenant_verb(container, "build_blueprint", name)


def access_key(container: int) -> list[str]:
    """Makes a public key of ours known there. Standard input: its line (`domain.access_tokens.public_line`)."""
    return _verb(container, "access_key")


def health(container: int) -> list[str]:
    """Asks how the node is."""
    return _verb(container, "health")


def measure(container: int) -> list[str]:
    """Asks how fast the node clones, alone and several at once. Takes seconds."""
    return _verb(container, "measure")


def about_gate() -> list[str]:
    """Asks the host's gate what it is; anything else that answers is not the gate."""
    return ["about"]


def install_kit(digest: str, size: int) -> list[str]:
    """Makes the archive on standard input the container's kit. `digest` is its SHA-256, `size` in bytes."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest) or not 0 < size < 10**8:
        raise ValueError(f"not a kit: {digest!r}, {size!r} bytes")
    return ["install-kit", digest, str(size)]


def list_tenants(container: int) -> list[str]:
    """Asks which tenants the node has."""
    return _verb(container, "list")


def probe_status(container: int, job_id: int | str) -> list[str]:
    """Asks what became of a job."""
    return _verb(container, "probe", _job(job_id), "status")


def probe_follow(container: int, job_id: int | str, offset: int = 0) -> list[str]:
    """Prints a job's log from byte `offset` on until the job ends, and ends as it did."""
    return _verb(container, "probe", _job(job_id), "follow", _offset(offset))


def probe_stop(container: int, job_id: int | str) -> list[str]:
    """Ends a job on the node, with all that it started."""
    return _verb(container, "probe", _job(job_id), "stop")


def _tenant_verb(container: int, verb: str, subdomain: str) -> list[str]:
    return _verb(container, verb, _subdomain(subdomain))


def _offset(offset: int) -> str:
    if isinstance(offset, bool) or not isinstance(offset, int) or not 0 <= offset < 10**15:
        raise ValueError(f"not a byte offset: {offset!r}")
    return str(offset)


def _subdomain(subdomain: str) -> str:
    if (
        not (isinstance(subdomain, str) and _SUBDOMAIN.fullmatch(subdomain))
        or subdomain.endswith("-")
        or "--" in subdomain
    ):
        raise ValueError(f"not a subdomain: {subdomain!r}")
    return subdomain


def _job(job_id: int | str) -> str:
    word = str(job_id)
    if isinstance(job_id, bool) or not isinstance(job_id, int | str) or not _JOB.fullmatch(word):
        raise ValueError(f"not a job id: {job_id!r}")
    return word


def _verb(container: int, verb: str, *words: str) -> list[str]:
    if isinstance(container, bool) or not isinstance(container, int) or not 100 <= container < 10**9:
        raise ValueError(f"not a container id: {container!r}")
    return ["pct", "exec", str(container), "--", f"{_BIN}/{verb}.sh", *words]
