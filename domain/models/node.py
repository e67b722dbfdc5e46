"""Node: one container on one Proxmox host, reached over SSH."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from domain.models.base import document, key, moment


class Node(SQLModel, table=True):
    """Where it is comes from the settings at the worker's start; how it is, from the health verb.

    `http_url` is where tenants' requests arrive (the Host header tells them apart); `health` is the verb's last answer.
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
    open: bool = True
    reachable: bool | None = None
    unreachable_since: datetime | None = moment()
    last_error: str | None = None
    health: dict[str, Any] = document()
    checked_at: datetime | None = moment()
    created_at: datetime = moment(default=True)
