"""Customer: who buys. SignupDraft: what a visitor has typed so far."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Computed, Index, Text
from sqlmodel import Field, SQLModel

from domain.models.base import document, key, moment

# Letters that a search treats alike; the database folds with `translate`, which is immutable, and Python with these.
FOLDED = ("áàâäéèêëíìîïóòôöúùûüñçÁÀÂÄÉÈÊËÍÌÎÏÓÒÔÖÚÙÛÜÑÇ", "aaaaeeeeiiiioooouuuuncaaaaeeeeiiiioooouuuunc")


class Customer(SQLModel, table=True):
    """`country` is ISO 3166-1 alpha-2; `tax_id` compact (no separators); `email` as typed, compared in lower case.

    `second_factor`: everybody of this customer needs one. `search` is made by the database: company, person and e-mail
    in lower case without accents.
    """

    __tablename__ = "customer"
    __table_args__ = (Index("customer_company_order", "company", "id"),)

    id: int | None = key()
    company: str
    full_name: str
    email: str = Field(index=True)
    country: str = Field(max_length=2)
    tax_id: str | None = None
    stripe_customer_id: str | None = Field(default=None, unique=True)
    second_factor: bool = False
    erased_at: datetime | None = moment()
    accepted_terms_at: datetime | None = moment()
    created_at: datetime = moment(default=True, index=True)
    search: str | None = Field(
        default=None,
        sa_column=Column(
            Text,
            Computed(
                f"translate(lower(company || ' ' || full_name || ' ' || email), '{FOLDED[0]}', '{FOLDED[1]}')",
                persisted=True,
            ),
        ),
    )


class SignupDraft(SQLModel, table=True):
    """Keyed by the visitor's cookie; deleted when the order is paid, or after 30 days."""

    __tablename__ = "signup_draft"

    visitor: str = Field(primary_key=True, max_length=64)
    data: dict[str, Any] = document()
    updated_at: datetime = moment(default=True, index=True)
