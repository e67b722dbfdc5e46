"""Pure builders of what is said to a node: each returns a list of words, checked here, so that nothing odd goes out."""

import re

KIT = "/opt/alta/bin"
SUBDOMAIN = re.compile(r"[a-z][a-z0-9-]{2,30}")
JOB = re.compile(r"[0-9]{1,18}")

Words = list[str]


def _verb(container: int, script: str, *args: str) -> Words:
    if isinstance(container, bool) or not isinstance(container, int) or not 100 <= container <= 999_999_999:
        raise ValueError(f"not a container's number: {container!r}")
    return ["pct", "exec", str(container), "--", f"{KIT}/{script}", *args]


def _on_tenant(container: int, script: str, subdomain: str) -> Words:
    if not SUBDOMAIN.fullmatch(subdomain) or subdomain.endswith("-") or "--" in subdomain:
        raise ValueError(f"not a subdomain: {subdomain!r}")
    return _verb(container, script, subdomain)


def _on_job(container: int, job_id: int, *args: str) -> Words:
    if not JOB.fullmatch(str(job_id)):
        raise ValueError(f"not a job's number: {job_id!r}")
    return _verb(container, "probe.sh", str(job_id), *args)


def create_tenant(container: int, subdomain: str) -> Words:
    """Makes the tenant's database; the rest arrives on standard input."""
    return _on_tenant(container, "create_tenant.sh", subdomain)


def suspend(container: int, subdomain: str) -> Words:
    """Stops pages and cron; keeps the data."""
    return _on_tenant(container, "suspend.sh", subdomain)


def resume(container: int, subdomain: str) -> Words:
    """Undoes `suspend`."""
    return _on_tenant(container, "resume.sh", subdomain)


def archive(container: int, subdomain: str) -> Words:
    """Puts the database aside under another name."""
    return _on_tenant(container, "archive.sh", subdomain)


def set_password(container: int, subdomain: str) -> Words:
    """Changes the first user's password; the hash arrives on standard input."""
    return _on_tenant(container, "set_password.sh", subdomain)


def usage(container: int, subdomain: str) -> Words:
    """Bytes and users of one tenant."""
    return _on_tenant(container, "usage.sh", subdomain)


def list_tenants(container: int) -> Words:
    """Every tenant's database on the node."""
    return _verb(container, "list.sh")


def health(container: int) -> Words:
    """Load, disk, memory, tenants, template, kit."""
    return _verb(container, "health.sh")


def probe_status(container: int, job_id: int) -> Words:
    """What became of a job."""
    return _on_job(container, job_id, "status")


def probe_follow(container: int, job_id: int, offset: int) -> Words:
    """A job's output from byte `offset` on, until it ends; exits with the job's own exit status."""
    if isinstance(offset, bool) or not isinstance(offset, int) or offset < 0:
        raise ValueError(f"not an offset: {offset!r}")
    return _on_job(container, job_id, "follow", str(offset))


def probe_stop(container: int, job_id: int) -> Words:
    """Ends a job and all that it started."""
    return _on_job(container, job_id, "stop")
