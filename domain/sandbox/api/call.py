"""One API request, as its endpoint sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from domain.sandbox import params
from domain.sandbox.ledger import Ledger
from domain.sandbox.store import Document

P = TypeVar("P", bound=BaseModel)


@dataclass
class Call:
    """`path` has the parts of the address, `given` the parsed parameters without `expand`."""

    ledger: Ledger
    path: dict[str, str]
    given: dict[str, Any]
    url: str

    def read(self, model: type[P]) -> P:
        """The parameters, checked. Raises Refused."""
        return params.read(model, self.given)

    def take(self, model: type[BaseModel]) -> dict[str, Any]:
        """Only what was given, checked, as plain values. Raises Refused."""
        return self.read(model).model_dump(exclude_unset=True)


Endpoint = Callable[[Call], Document]
Route = tuple[str, str, Endpoint]
