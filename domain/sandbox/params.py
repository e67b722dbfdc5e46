"""What an endpoint takes: pydantic models whose failures are told in Stripe's words.

A parameter that is in no model is refused, also when Stripe itself would take it: what the stand-in would ignore
in silence is what a test would wrongly trust.
"""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from domain.sandbox.errors import Refused


class Params(BaseModel):
    """Base of every endpoint's parameters."""

    model_config = ConfigDict(extra="forbid")


class Page(Params):
    """The cursor parameters that every list takes."""

    limit: int = 10
    starting_after: str | None = None
    ending_before: str | None = None


class Range(Params):
    """A time filter, in seconds since 1970, as `created[gte]=…`."""

    gt: int | None = None
    gte: int | None = None
    lt: int | None = None
    lte: int | None = None

    def holds(self, moment: int) -> bool:
        """Whether the moment lies within all the bounds that were given."""
        return (
            (self.gt is None or moment > self.gt)
            and (self.gte is None or moment >= self.gte)
            and (self.lt is None or moment < self.lt)
            and (self.lte is None or moment <= self.lte)
        )


P = TypeVar("P", bound=BaseModel)


def read(model: type[P], given: dict[str, Any]) -> P:
    """The parameters as an object. Raises Refused with Stripe's code for the first thing that is wrong."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _refusal(error.errors()[0]) from error


def _refusal(problem: ErrorDetails) -> Refused:
    place = [str(part) for part in problem["loc"]]
    param = place[0] + "".join(f"[{part}]" for part in place[1:])
    match problem["type"]:
        case "missing":
            return Refused(f"Missing required param: {param}.", code="parameter_missing", param=param)
        case "extra_forbidden":
            return Refused(
                f"Received unknown parameter: {param} (or one that the stand-in for Stripe does not do)",
                code="parameter_unknown",
                param=param,
            )
        case "int_parsing" | "int_type":
            return Refused(f"Invalid integer: {problem['input']}", code="parameter_invalid_integer", param=param)
        case "literal_error":
            return Refused(
                f"Invalid {param}: must be {problem['ctx']['expected']} (in the stand-in for Stripe)", param=param
            )
        case _:
            return Refused(f"Invalid {param}: {problem['msg']}", param=param)


def merge_metadata(old: dict[str, str], given: dict[str, str] | str) -> dict[str, str]:
    """Stripe's rule: keys are added or replaced, an empty value removes its key, an empty string removes all."""
    if isinstance(given, str):
        return {}
    return {key: value for key, value in {**old, **given}.items() if value != ""}
