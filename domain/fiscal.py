"""The data that a customer's invoices bear: name, tax id, address. Ours and Stripe's are changed together."""

from dataclasses import dataclass

from sqlmodel import select

from domain import audit, database, stripe_accounts, stripe_requests, tax_ids
from domain.errors import FieldProblem, Invalid, NotFound
from domain.models import Customer
from domain.stripe_accounts import Address

LONGEST = 120


@dataclass(frozen=True)
class Fiscal:
    """`country` does not change here: another country is another tax law, and staff's business."""

    company: str
    tax_id: str
    country: str
    address: Address


def read(customer_id: int) -> Fiscal:
    """What the next invoice will bear. Raises NotFound, Unavailable."""
    with database.reading() as session:
        customer = session.get(Customer, customer_id)
    if customer is None or customer.stripe_customer_id is None:
        raise NotFound("Todavía no hay ninguna suscripción.")
    address = stripe_accounts.address(customer.stripe_customer_id)
    return Fiscal(customer.company, customer.tax_id or "", customer.country, address)


def save(customer_id: int, wanted: Fiscal, *, by: str) -> None:
    """Writes them for the invoices to come; issued ones stay as they are. Raises Invalid, NotFound, Unavailable."""
    company, lines = wanted.company.strip(), wanted.address
    with database.transaction() as session:
        query = select(Customer).where(Customer.id == customer_id).with_for_update(key_share=True)
        customer = session.exec(query).one_or_none()
        if customer is None or customer.stripe_customer_id is None:
            raise NotFound("Todavía no hay ninguna suscripción.")
        tax_id = tax_ids.compact(customer.country, wanted.tax_id[:LONGEST])
        if wrong := _problems(company, tax_id, customer.country, lines):
            raise Invalid(wrong)
        if tax_id != (customer.tax_id or ""):
            kind = tax_ids.kind(customer.country)
            stripe_accounts.replace_tax_id(
                customer.stripe_customer_id, kind.stripe_type if kind and tax_id else None, tax_id
            )
        customer.company, customer.tax_id = company, tax_id or None
        reverse = stripe_requests.reverse_charged(customer)
        stripe_accounts.write_fiscal(
            customer.stripe_customer_id, company, customer.country, lines, reverse_charge=reverse
        )
        session.add(customer)
        audit.record(session, actor=by, action="customer.fiscal", target=f"customer:{customer_id}")


def _problems(company: str, tax_id: str, country: str, lines: Address) -> list[FieldProblem]:
    wrong = []
    if not 2 <= len(company) <= LONGEST or not company.isprintable():
        wrong.append(FieldProblem("company", "length", f"De 2 a {LONGEST} caracteres."))
    if tax_id and (fault := tax_ids.problem(country, tax_id)):
        wrong.append(FieldProblem("tax_id", fault.code, fault.message))
    for name, value in (("street", lines.street), ("city", lines.city), ("postal_code", lines.postal_code)):
        if len(value) > LONGEST or not (value.isprintable() or not value):
            wrong.append(FieldProblem(name, "length", f"Caben {LONGEST} caracteres."))
    return wrong
