"""The template database of the stand-in: made on the first start, made again when template.sql changes."""

import hashlib
import os
from pathlib import Path

import psycopg
from psycopg import sql

from provisioning.sandbox.machine import OWNER, TEMPLATE, Machine

_DEFINITION = (Path(__file__).parent / "template.sql").read_text()
_STAMP = "stand-in " + hashlib.sha256(_DEFINITION.encode()).hexdigest()[:16]
_LOCK = 190_519  # advisory: two stand-ins on one server make it once


def ensure(machine: Machine) -> None:
    """Role, template database and its files; quick when they are there. Raises psycopg.Error."""
    name = sql.Identifier(TEMPLATE)
    with psycopg.connect(machine.database_url, autocommit=True) as admin:
        admin.execute("select pg_advisory_lock(%s)", [_LOCK])
        if not admin.execute("select 1 from pg_roles where rolname = %s", [OWNER]).fetchone():
            admin.execute(sql.SQL("create role {} createdb").format(sql.Identifier(OWNER)))
        found = admin.execute(
            "select shobj_description(oid, 'pg_database'), datistemplate and not datallowconn"
            " from pg_database where datname = %s",
            [TEMPLATE],
        ).fetchone()
        if found != (_STAMP, True):
            if found:
                admin.execute(sql.SQL("alter database {} is_template false").format(name))
                admin.execute(sql.SQL("drop database {} with (force)").format(name))
            admin.execute(sql.SQL("create database {} owner {}").format(name, sql.Identifier(OWNER)))
            _fill(machine)
            admin.execute(sql.SQL("comment on database {} is {}").format(name, sql.Literal(_STAMP)))
            # Without these Odoo's cron, or any other client, would keep it busy and cloning would fail.
            admin.execute(sql.SQL("alter database {} is_template true allow_connections false").format(name))
    _files(machine.filestore / TEMPLATE)


def _fill(machine: Machine) -> None:
    with psycopg.connect(machine.database_url, dbname=TEMPLATE) as connection:
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(OWNER)))
        connection.execute(_DEFINITION.encode())


def _files(folder: Path) -> None:
    """The attachments that template.sql names, 400 bytes each, where Odoo would keep them."""
    if folder.exists():
        return
    new = folder.with_name(f".{folder.name}.{os.getpid()}")
    for number in range(1, 215):
        name = hashlib.sha256(str(number).encode()).hexdigest()[:40]
        (new / name[:2]).mkdir(parents=True, exist_ok=True)
        (new / name[:2] / name).write_bytes(f"/* {number} */".encode().ljust(400))
    new.rename(folder)
