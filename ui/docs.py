"""/docs and /redoc without any other server: the API's description, and the viewers' files from the package."""

from functools import lru_cache
from typing import Any

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from domain.settings import settings
from ui import api_schema

DESCRIPTION = """
Hosted Odoo: order one, follow how it is made, run its billing, watch the fleet.

**Who is asking.** Send `Authorization: Bearer TOKEN` (from `POST /api/auth/token`, good for 15 minutes and prolonged at
`POST /api/auth/refresh`), or use the browser's session after `/login`. What is dangerous asks for a proof of the last
15 minutes: `403 proof_needed` means that a new token is needed. Unsafe methods with a cookie must come from our own
pages (`Origin`).

**Errors.** `422` carries `{"detail": [{"field", "code", "message"}]}`, one entry a fault; every other error
`{"detail": {"code", "message"}}`. `code` is for programs and stays; `message` is Spanish, for people.
`401` nobody is logged in, `403` not yours, `404` not there (or not yours to know), `409` the state forbids it,
`429` too many tries (`Retry-After` in seconds), `503` something outside does not answer.

**Conventions.** Amounts are integers in cents. Times are UTC, ISO 8601. Every answer has `X-Request-ID`; send your own
to find a request in the logs.
"""

TAGS = [
    {"name": "auth", "description": "Tokens, and who is asking."},
    {"name": "checkout", "description": "Order an Odoo: the same as the form, for programs."},
    {"name": "portal", "description": "A customer's own billing."},
    {"name": "tenants", "description": "Staff: the Odoo instances."},
    {"name": "backups", "description": "Backups of an Odoo: a customer's own, all of them for staff."},
    {"name": "jobs", "description": "Staff: the work on them, with its live log."},
    {"name": "drift", "description": "Staff: where Stripe, our rows and the nodes disagree."},
    {"name": "dashboard", "description": "Staff: figures."},
    {"name": "audit", "description": "Administrators: the record of who did what."},
    {"name": "hooks", "description": "A customer's outgoing webhooks: signed events for their own programs."},
    {"name": "webhook", "description": "For Stripe only: signed events."},
    {"name": "health", "description": "For load balancers and monitors."},
]


def described(**more: Any) -> FastAPI:
    """A FastAPI application with this description and offline viewers; `more` goes to FastAPI."""
    if settings().api_docs == "off":
        return FastAPI(title="Alta", openapi_url=None, **more)
    app = FastAPIOffline(
        title="Alta",
        version="0.1.0",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        swagger_ui_parameters={"persistAuthorization": False, "defaultModelsExpandDepth": 0},
        **more,
    )
    plain = app.openapi
    app.openapi = lru_cache(maxsize=1)(lambda: api_schema.complete(plain()))  # type: ignore[method-assign]
    return app
