"""A token as one more kind of credential, beside Odoo's passwords and keys."""

import os
import time

from odoo import models
from odoo.exceptions import AccessDenied
from odoo.http import request
from odoo.tools import SQL

from ..tokens import KEY_FILE, Refused, read_keys, verify


class ResUsers(models.Model):
    _inherit = "res.users"

    def _check_credentials(self, credential, env):
        if credential.get("type") != "alta_access":
            return super()._check_credentials(credential, env)
        # Verified again, and used up, where Odoo itself decides on a login.
        claims = self._alta_claims(credential.get("token"))
        if not env.get("interactive") or self.sudo()._alta_user(claims) != self.env.user:
            raise AccessDenied()
        self.env["alta.access.entry"].sudo()._spend(claims, self.env.user)
        # A second factor is the person's own; support people have the customer's consent in its place.
        factor = "skip" if claims["role"] == "staff" else "default"
        return {"uid": self.env.user.id, "auth_method": "alta_access", "mfa": factor}

    def _alta_claims(self, token):
        """What the token says, if it opens this database now. Raises Refused."""
        try:
            with open(os.environ.get("ALTA_ACCESS_KEYS", KEY_FILE), encoding="ascii") as file:
                keys = read_keys(file.read())
        except (OSError, UnicodeDecodeError):
            keys = {}
        copy = bool(self.env["ir.config_parameter"].sudo().get_param("database.is_neutralized"))
        return verify(token, keys, audience=self.env.cr.dbname, copy=copy, now=time.time())

    def _alta_user(self, claims):
        """Whose session it will be: the user with this login, else, for the owner and for support, the administrator.

        Raises Refused where there is none.
        """
        if claims["role"] != "staff":
            query = SQL(
                "SELECT id FROM res_users WHERE active AND lower(login) = lower(%s) ORDER BY login = %s DESC LIMIT 1",
                claims["sub"],
                claims["sub"],
            )
            if found := self.env.execute_query(query):
                return self.browse(found[0][0])
        administrator = self.env.ref("base.user_admin", raise_if_not_found=False)
        if claims["role"] == "member" or not administrator or not administrator.active:
            raise Refused(
                "no_user",
                f"En este Odoo no hay un usuario activo con el correo {claims['sub']}. "
                "Pide a quien administra tu Odoo que lo cree en Ajustes, Usuarios.",
            )
        return administrator

    def _update_last_login(self):
        # A support person's visit is not a login of the customer's.
        if request and request.session.get("alta_staff"):
            return None
        return super()._update_last_login()
