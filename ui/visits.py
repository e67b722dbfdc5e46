"""Who asks, as far as a request tells before anybody is logged in."""

from starlette.requests import HTTPConnection

from domain.devices import Device


def device(request: HTTPConnection) -> Device:
    """Address, browser, and the name that its cookie gives it."""
    return Device(address(request), request.headers.get("user-agent", ""), request.state.visitor)


def address(request: HTTPConnection) -> str:
    """The client's; behind a trusted proxy what that says."""
    return request.client.host if request.client else ""
