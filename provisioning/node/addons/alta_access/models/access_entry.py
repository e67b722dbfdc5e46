"""Who came in by token: remembers each token's number, so that none works twice."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..tokens import Refused, AGAIN


class AccessEntry(models.Model):
    _name = "alta.access.entry"
    _description = "Entry from the hosting portal"
    _order = "id desc"

    jti = fields.Char("Token", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "User", readonly=True, ondelete="set null")
    staff = fields.Char("Support person", readonly=True)

    _jti_unique = models.Constraint("UNIQUE(jti)", "A token is good for one entry.")

    def _spend(self, claims, user):
        """Uses the token up, in the transaction that opens the session. Raises Refused.

        Of two at once the second waits for the first's commit; then PostgreSQL has Odoo run it again, and it is used.
        """
        query = SQL(
            "INSERT INTO alta_access_entry (jti, user_id, staff, create_uid, create_date, write_uid, write_date) "
            "VALUES (%s, %s, %s, 1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC') "
            "ON CONFLICT (jti) DO NOTHING RETURNING id",
            claims["jti"],
            user.id,
            claims.get("staff"),
        )
        if not self.env.execute_query(query):
            raise Refused("used", f"Este acceso ya se usó, y cada uno sirve una sola vez. {AGAIN}")

    @api.autovacuum
    def _gc_entries(self):
        """Customers' entries go after 90 days, those of support people after two years."""
        self.env.cr.execute(
            "DELETE FROM alta_access_entry WHERE create_date < now() AT TIME ZONE 'UTC' "
            "- CASE WHEN staff IS NULL THEN interval '90 days' ELSE interval '2 years' END"
        )
