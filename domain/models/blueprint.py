"""Blueprint: one template database on one node, as a build left it."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from domain.models.base import big, key, moment


class Blueprint(SQLModel, table=True):
    """`name` is one of `domain.blueprints`; `template` the database's name, another one for each build. `state`: ready
    or retired (a newer build has its place). Only what passed its test (`tested`: what was tried) gets a row."""

    __tablename__ = "blueprint"

    id: int | None = key()
    name: str = Field(max_length=31, index=True)
    node_id: int = big(foreign_key="node.id")
    job_id: int | None = big(foreign_key="job.id", nullable=True, index=False)
    template: str = Field(max_length=63)
    version: int
    odoo_version: str
    modules: str
    country: str | None = Field(default=None, max_length=2)
    language: str = Field(max_length=8)
    currency: str = Field(max_length=3)
    state: str = Field(default="ready", max_length=12)
    tested: str = ""
    built_at: datetime = moment(default=True)
