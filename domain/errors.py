"""What can go wrong in the business. An error knows its sentence in Spanish and no HTTP status; the edge maps it."""

from dataclasses import dataclass


class AltaError(Exception):
    """Base of every business error: `code` for programs, `message` (Spanish) for people."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


@dataclass(frozen=True)
class FieldProblem:
    """One thing wrong with one field: shown beside it in the form, listed in the API's 422."""

    field: str
    code: str
    message: str


class Invalid(AltaError):
    """The input breaks rules; `problems` has one entry a fault."""

    code = "invalid"

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


class Taken(AltaError):
    """The subdomain belongs to somebody else; `proposals` are free ones (may be empty)."""

    code = "subdomain_taken"

    def __init__(self, message: str, proposals: list[str] | None = None) -> None:
        super().__init__(message)
        self.proposals = proposals or []


class NotFound(AltaError):
    """It is not there, or not for this reader: both sound the same."""

    code = "not_found"


class Forbidden(AltaError):
    """The reader may not do this."""

    code = "forbidden"


class Conflict(AltaError):
    """The state of the thing does not allow this now."""

    code = "conflict"


class Unavailable(AltaError):
    """Something outside (Stripe, a node, the mail server) does not answer; trying again later helps."""

    code = "unavailable"


class NotLoggedIn(AltaError):
    """Nobody is asking, or with a login, password or token that is not accepted."""

    code = "not_logged_in"


class TooMany(AltaError):
    """Too many tries; `retry_after` is in seconds."""

    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
