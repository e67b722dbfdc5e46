"""schemathesis over the whole API of a real server, as nobody and as every role: `python -m tests.security.fuzz`.

What the description promises is held against what comes: no 5xx, no undocumented status, no body of another shape. Two
checks are off, for what they take for a fault is meant: valid JSON may be refused for what it says (an unknown plan),
and headers that are not ours may be missing.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import httpx
from sqlmodel import select

from domain import capabilities, database
from domain.models import Customer, Membership
from domain.models.base import now
from tests.integration import web_stand

ROLES = ["", *(f"staff:{role}" for role in capabilities.STAFF_ROLES),
         *(f"customer:{role}" for role in [*capabilities.CUSTOMER_ROLES, *capabilities.VISITOR_ROLES])]  # fmt: skip
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,negative_data_rejection,unsupported_method,ignored_auth"
)
# It says 503 without a worker, as it shall; Stripe's signature has tests of its own; a live log does not end.
LEFT_OUT = ("^/readyz$", "^/webhook/", "/log$")


def people() -> None:
    """Somebody of each role, one customer with an Odoo."""
    web_stand.owner("titular@sol.do", "sol", observed="running", requested_at=now())
    with database.reading() as session:
        customer_id = session.exec(select(Customer.id)).one() or 0
    for role in ROLES[1:]:
        kind, name = role.split(":")
        account = web_stand.person(f"{name}@{kind}.do", staff=name if kind == "staff" else None)
        if kind == "customer":
            with database.transaction() as session:
                session.add(Membership(account_id=account.id or 0, customer_id=customer_id, role=name))


def run(url: str, role: str, examples: int, directory: Path) -> tuple[bool, str]:
    """One role's run against the server at `url`: whether nothing was found, and what was said."""
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "run", f"{url}/openapi.json", "--max-examples",
        str(examples), "--phases", "examples,coverage,fuzzing", "--checks", CHECKS, "--seed", "1", "--no-color",
        "--suppress-health-check", "all", "--exclude-path-regex", "|".join(LEFT_OUT),
    ]  # fmt: skip
    if role:
        kind, name = role.split(":")
        given = {"username": f"{name}@{kind}.do", "password": web_stand.WORDS}
        token = httpx.post(f"{url}/api/auth/token", json=given).raise_for_status().json()["access_token"]
        command += ["-H", f"Authorization: Bearer {token}", "--exclude-path", "/api/auth/token"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=600, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def counted(said: str) -> int:
    """How many requests a run made."""
    found = re.search(r"([\d,]+) generated", said)
    return int(found[1].replace(",", "")) if found else 0


def main() -> None:
    """Every role against a server of one's own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--examples", type=int, default=30)
    parser.add_argument("--role", action="append")
    given = parser.parse_args()
    bad = False
    for role in given.role or ROLES:
        good, said = run(given.url, role, given.examples, Path.cwd())
        print(f"{role or 'nobody'}: {counted(said)} requests, {'nothing found' if good else 'FAULTS'}")
        if not good:
            print(said)
            bad = True
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
