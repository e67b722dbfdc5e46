"""A support person's session: shown in every window, and over when the consent is."""

import time

from odoo import api, models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _authenticate_explicit(cls, auth):
        staff = request.session.get("alta_staff")
        if staff and staff["until"] <= time.time():
            request.session.logout(keep_db=True)
            request.env = api.Environment(request.env.cr, None, request.session.context)
        return super()._authenticate_explicit(auth)

    def session_info(self):
        return {**super().session_info(), "alta_staff": request.session.get("alta_staff")}
