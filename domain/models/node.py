"""Node: one container on one Proxmox host, reached over SSH."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from domain.models.base import document, key, moment
from domain.states import BreakerState, NodeState

DEFAULT_CONCURRENCY = 8  # what one worker does at once by default; joining measures the node's own


class Node(SQLModel, table=True):
    """Where it is was told when it joined (or by the settings); how it is, by the health verb.

    `http_url` is where tenants' requests arrive (the Host header tells them apart); `health` is the verb's last answer.
    `key_alarm`: the fingerprint that it showed instead of the pinned key's; nothing is sent to it until a person
    decides. `breaker` and what follows it: see `domain.breaker`. `clone_ms`, `odoo`: as measured when it joined;
    `concurrency`: jobs that one worker does there at once. `drain_at`: when its emptying was asked for last.
    """

    __tablename__ = "node"

    id: int | None = key()
    name: str = Field(unique=True, max_length=40)
    host: str
    port: int = 22
    username: str = "root"
    key_file: str
    known_host: str
    container: int
    http_url: str
    capacity: int = 80
    region: str = Field(default="", max_length=20)
    concurrency: int = DEFAULT_CONCURRENCY
    state: str = Field(default=NodeState.JOINING.value, max_length=10)
    key_alarm: str | None = None
    reachable: bool | None = None
    unreachable_since: datetime | None = moment()
    last_error: str | None = None
    breaker: str = Field(default=BreakerState.CLOSED.value, max_length=10)
    breaker_at: datetime | None = moment()
    misses: int = 0
    good_probes: int = 0
    health: dict[str, Any] = document()
    clone_ms: float | None = None
    odoo: str = ""
    checked_at: datetime | None = moment()
    joined_at: datetime | None = moment()
    drain_at: datetime | None = moment()
    created_at: datetime = moment(default=True)
