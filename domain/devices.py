"""Browsers: how they are called, and whether an account was opened in one before."""

import re
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session, func, select

from domain import challenges
from domain.models import KnownDevice

# In this order: Edge and Opera say that they are Chrome, Chrome that it is Safari.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip

_MEET = text(
    "insert into known_device (account_id, digest) values (:account, :digest) "
    "on conflict (account_id, digest) do update set seen_at = now() returning xmax = 0"
)


@dataclass(frozen=True)
class Device:
    """Where a request comes from: address, what the browser says it is, and the name that its cookie gives it."""

    address: str = ""
    agent: str = ""
    visitor: str = ""


def meet(session: Session, account_id: int, device: Device) -> bool:
    """Remembers this browser; True when it is new to an account that was opened in others before."""
    if not device.visitor:
        return False
    others = select(func.count()).select_from(KnownDevice).where(KnownDevice.account_id == account_id)
    known_before = session.exec(others).one()
    fresh = session.execute(_MEET, {"account": account_id, "digest": challenges.digest(device.visitor)}).scalar_one()
    return bool(fresh) and known_before > 0


def describe(agent: str) -> str:
    """`Chrome en Windows`, as far as what the browser says of itself tells."""
    browser = next((name for mark, name in BROWSERS if re.search(rf"\b{mark}/", agent)), "Navegador")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return f"{browser} en {system}" if system else browser
