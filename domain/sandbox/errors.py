"""Stripe's error envelope."""

from typing import Any, Literal

ErrorType = Literal["api_error", "card_error", "idempotency_error", "invalid_request_error"]


class Refused(Exception):
    """A request answered with Stripe's error envelope and an HTTP status."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: ErrorType = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        decline_code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.decline_code = decline_code

    def envelope(self, request_id: str) -> dict[str, Any]:
        """`{"error": {type, message, code?, param?, …}}`: as Stripe does, without the keys that have no value."""
        details = {"code": self.code, "param": self.param, "decline_code": self.decline_code}
        error = {"message": self.message, "type": self.kind, "request_log_url": f"/_sandbox#{request_id}"}
        return {"error": {**error, **{key: value for key, value in details.items() if value is not None}}}


class Declined(Refused):
    """A refused card: answered with an error, but what was tried stays written."""


def no_such(what: str, identifier: str, param: str = "id") -> Refused:
    """The 404 for an identifier that names nothing, in Stripe's words."""
    return Refused(f"No such {what}: '{identifier}'", status=404, code="resource_missing", param=param)


def not_done(what: str, param: str | None = None) -> Refused:
    """For what Stripe can do and the stand-in does not: said, never guessed."""
    return Refused(f"The stand-in for Stripe does not do this: {what}", code="stand_in_does_not", param=param)
