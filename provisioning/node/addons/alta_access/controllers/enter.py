"""POST /alta/enter: the door from the portal. The token travels in the body, so that no address or log keeps it."""

import logging

from odoo.exceptions import AccessDenied
from odoo.http import Controller, request, route

from odoo.addons.web.controllers.utils import _get_login_redirect_url

from ..tokens import AGAIN, Refused

_logger = logging.getLogger(__name__)


class Enter(Controller):
    # Without Odoo's own form token: the signed one proves where the form comes from.
    @route("/alta/enter", type="http", auth="public", methods=["POST"], csrf=False, sitemap=False)
    def enter(self, token="", **_ignored):
        users = request.env["res.users"].sudo()
        try:
            claims = users._alta_claims(token)
            user = users._alta_user(claims)
            # Whoever was here in this browser is not who comes now.
            request.session.logout(keep_db=True)
            if claims["role"] == "staff":
                request.session["alta_staff"] = {"who": claims["staff"], "until": claims["until"]}
            request.session.authenticate(request.env, {"type": "alta_access", "login": user.login, "token": token})
        except Refused as refused:
            return self._refuse(refused)
        except AccessDenied:
            return self._refuse(Refused("denied", f"Odoo no dejó entrar a este usuario. {AGAIN}"))
        _logger.info("alta_access: %s enters as %s", claims.get("staff", claims["role"]), user.login)
        answer = request.redirect(_get_login_redirect_url(user.id), 303)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @route("/alta/enter", type="http", auth="public", methods=["GET"], sitemap=False)
    def reloaded(self, **_ignored):
        return request.redirect("/odoo", 303)

    def _refuse(self, refused):
        _logger.info("alta_access: refused (%s)", refused.code)
        request.session.pop("alta_staff", None)
        answer = request.render("alta_access.refused", {"message": refused.message, "code": refused.code})
        answer.status_code = 403
        answer.headers["Cache-Control"] = "no-store"
        return answer
