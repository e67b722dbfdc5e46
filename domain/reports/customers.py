"""Customers as staff see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from domain import database
from domain.reports import paging
from domain.reports.paging import Page, Where

SORTS = {"created": "t.id", "company": "t.company"}


@dataclass(frozen=True)
class Filter:
    """`text`: words of the company, the person or the e-mail, accents ignored; pages count from 1."""

    text: str = ""
    sort: str = "created"
    descending: bool = True
    number: int = 1
    size: int = paging.SIZE


@dataclass(frozen=True)
class CustomerRow:
    """`tenants` are the ids and subdomains of those not deleted, newest first."""

    id: int
    company: str
    full_name: str
    email: str
    country: str
    tax_id: str | None
    stripe_customer_id: str | None
    created_at: datetime
    tenants: list[tuple[int, str]]


_ROWS = """
select c.id, c.company, c.full_name, c.email, c.country, c.tax_id, c.stripe_customer_id, c.created_at,
       (select json_agg(json_build_array(t.id, t.subdomain) order by t.id desc)
        from tenant as t where t.customer_id = c.id and t.observed <> 'deleted') as tenants
from customer as c where c.id = any(:ids)
"""


def page(wanted: Filter) -> Page[CustomerRow]:
    """One page of customers."""
    source, where = "customer as t", Where()
    for index, word in enumerate(paging.fold(wanted.text).split()[:5]):
        where.add(f"t.search like :word{index}", **{f"word{index}": paging.containing(word)})
    order = [(SORTS.get(wanted.sort, "t.id"), wanted.descending)]
    if order[0][0] != "t.id":
        order.append(("t.id", wanted.descending))
    size = min(max(wanted.size, 1), paging.LARGEST)
    with database.reading() as session:
        look = paging.match if wanted.text else paging.find
        ids, total = look(session, source, where, order, wanted.number, size)
        found = {row.id: _row(row) for row in session.execute(text(_ROWS), {"ids": ids}).all()}
    return Page([found[one] for one in ids if one in found], total, wanted.number, size)


def _row(row: Any) -> CustomerRow:
    tenants = [(int(one), str(name)) for one, name in row.tenants or []]
    return CustomerRow(
        row.id, row.company, row.full_name, row.email, row.country, row.tax_id, row.stripe_customer_id, row.created_at,
        tenants,
    )  # fmt: skip
