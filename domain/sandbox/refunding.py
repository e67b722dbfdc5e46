"""Money that goes back: refunds, and disputes with their end."""

from domain.sandbox import ids
from domain.sandbox.errors import Refused
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects import refunds
from domain.sandbox.store import Document

# Texts of evidence that decide a dispute, as in Stripe's test mode.
_DECIDED = {"winning_evidence": "won", "losing_evidence": "lost"}


def refund(ledger: Ledger, charge: Document, given: Document) -> Document:
    """Give back `amount`, or all that is left of the charge. Raises Refused where there is less."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left <= 0:
        raise Refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = given.get("amount") or left
    if amount > left:
        raise Refused(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    if charge["disputed"]:
        raise Refused(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
    made = ledger.save("refund", refunds.refund(ids.new("re"), ledger.now(), charge, amount, given))
    ledger.emit("refund.created", made)
    back = charge["amount_refunded"] + amount
    whole = back == charge["amount_captured"]
    ledger.change("charge", charge, "charge.refunded", amount_refunded=back, refunded=whole)
    return made


def dispute(ledger: Ledger, charge: Document, reason: str) -> Document:
    """The holder of the card contests the charge."""
    made = ledger.save("dispute", refunds.dispute(ids.new("dp"), ledger.now(), charge, reason))
    charge["disputed"] = True
    ledger.save("charge", charge)
    ledger.emit("charge.dispute.created", made)
    return made


def answer(ledger: Ledger, found: Document, evidence: Document, *, submit: bool) -> Document:
    """Evidence for a dispute; sent to the bank, a text of Stripe's test mode decides it at once."""
    changes: Document = {"evidence": {**found["evidence"], **evidence}}
    if submit:
        details = {**found["evidence_details"], "has_evidence": True, "submission_method": "manual"}
        changes |= {"status": "under_review", "evidence_details": {**details, "submission_count": 1}}
    changed = ledger.change("dispute", found, "charge.dispute.updated", **changes)
    verdict = _DECIDED.get(evidence.get("uncategorized_text") or "")
    return close(ledger, changed, verdict) if submit and verdict else changed


def close(ledger: Ledger, found: Document, status: str) -> Document:
    """It ends `won` or `lost`."""
    found["status"] = status
    ledger.save("dispute", found)
    ledger.emit("charge.dispute.closed", found)
    return found
