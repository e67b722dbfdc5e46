"""What somebody was invited to: a team is joined by who accepts, with an address that they have proved."""

from dataclasses import dataclass

from sqlmodel import Session, col, delete, select

from domain import audit, database, factors
from domain.errors import NotFound
from domain.models import Customer, Membership
from domain.models.base import now

GONE = "Esa invitación ya no está."


@dataclass(frozen=True)
class Invitation:
    """`role` is one of `capabilities`."""

    customer_id: int
    company: str
    role: str


def waiting(account_id: int) -> list[Invitation]:
    """Those without an answer, the oldest first."""
    query = (
        select(Membership.customer_id, Customer.company, Membership.role)
        .join(Customer, col(Customer.id) == Membership.customer_id)
        .where(Membership.account_id == account_id, col(Membership.accepted_at).is_(None))
        .order_by(col(Membership.created_at))
    )
    with database.reading() as session:
        return [Invitation(*row) for row in session.exec(query).all()]


def accept(account_id: int, customer_id: int, *, by: str) -> None:
    """From now on they belong to it. Raises NotFound; Conflict while their address is not proved."""
    with database.transaction() as session:
        factors.only_proved(session, account_id)
        row = session.get(Membership, (account_id, customer_id), with_for_update={"key_share": True})
        if row is None or row.accepted_at is not None:
            raise NotFound(GONE)
        accepted(session, row, by=by)


def accepted(session: Session, row: Membership, *, by: str) -> None:
    """Notes that they said yes, in this transaction."""
    row.accepted_at = now()
    session.add(row)
    audit.record(session, actor=by, action="team.accept", target=f"customer:{row.customer_id}", role=row.role)


def decline(account_id: int, customer_id: int, *, by: str) -> None:
    """The invitation goes. Raises NotFound."""
    mine = (col(Membership.account_id) == account_id, col(Membership.customer_id) == customer_id)
    with database.transaction() as session:
        gone = session.exec(
            delete(Membership).where(*mine, col(Membership.accepted_at).is_(None)).returning(col(Membership.role))
        ).first()
        if gone is None:
            raise NotFound(GONE)
        audit.record(session, actor=by, action="team.decline", target=f"customer:{customer_id}")
