"""The addon's door in the stand-in: the same verification (its own file), on the tenant's own tables."""

import asyncio
import importlib.util
import sys
import time
from types import ModuleType
from typing import Any

import psycopg

from domain import embedded
from provisioning.sandbox.machine import KIT, Machine


def _addon_tokens() -> ModuleType:
    # By path: the addon's package itself needs Odoo.
    spec = importlib.util.spec_from_file_location("alta_access_tokens", KIT / "addons" / "alta_access" / "tokens.py")
    if spec is None or spec.loader is None:
        raise RuntimeError("the kit has no addon")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tokens = _addon_tokens()
Refused: type[Exception] = tokens.Refused

_USER = "select id, login from res_users where active and lower(login) = lower(%s) order by login = %s desc limit 1"
_ADMINISTRATOR = """
    select users.id, users.login from res_users users join ir_model_data data on data.res_id = users.id
    where data.module = 'base' and data.name = 'user_admin' and users.active
"""
_SPEND = """
    insert into alta_access_entry (jti, user_id, staff, create_date) values (%s, %s, %s, now() at time zone 'UTC')
    on conflict (jti) do nothing returning id
"""


class Door:
    """Verifies tokens as the addon does, and uses them up."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def open(self, database: str, token: str) -> tuple[str, str | None]:
        """Whose session it would be: (login, support person or None). Raises Refused, psycopg.Error."""
        return await asyncio.to_thread(self._open, database, token)

    def _open(self, database: str, token: str) -> tuple[str, str | None]:
        file = self._machine.state / "etc" / "access.pub"
        keys = tokens.read_keys(file.read_text()) if file.exists() else {}
        with psycopg.connect(embedded.with_database(self._machine.database_url, database)) as connection:
            mark = "select 1 from ir_config_parameter where key = 'database.is_neutralized'"
            copy = connection.execute(mark).fetchone() is not None
            claims: dict[str, Any] = tokens.verify(token, keys, audience=database, copy=copy, now=time.time())
            user_id, login = self._user(connection, claims)
            staff = claims.get("staff") if claims["role"] == "staff" else None
            if connection.execute(_SPEND, [claims["jti"], user_id, staff]).fetchone() is None:
                raise tokens.Refused("used", f"Este acceso ya se usó, y cada uno sirve una sola vez. {tokens.AGAIN}")
            if staff is None:
                connection.execute("insert into res_users_log (create_uid) values (%s)", [user_id])
        return login, staff

    @staticmethod
    def _user(connection: psycopg.Connection[Any], claims: dict[str, Any]) -> tuple[int, str]:
        found = None
        if claims["role"] != "staff":
            found = connection.execute(_USER, [claims["sub"], claims["sub"]]).fetchone()
        if found is None and claims["role"] != "member":
            found = connection.execute(_ADMINISTRATOR).fetchone()
        if found is None:
            raise tokens.Refused("no_user", f"En este Odoo no hay un usuario activo con el correo {claims['sub']}.")
        return found[0], found[1]
