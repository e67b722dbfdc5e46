"""/admin/customers: who buys."""

from fastapi import Request
from nicegui import ui

from domain.formats import country_name, day
from domain.reports import customers
from ui import live
from ui.components.data_table import Column, DataTable, Page, Query
from ui.pages.admin.console import console

COLUMNS = [
    Column("company", "Cliente", kind="link", sort=True),
    Column("full_name", "Persona", on_phone=False),
    Column("email", "Correo", on_phone=False),
    Column("country", "País", on_phone=False),
    Column("tenants", "Instancias"),
    Column("created", "Desde", kind="number", sort=True, on_phone=False),
]


@ui.page("/admin/customers")
async def customers_page(request: Request) -> None:
    """The table; a row leads to the customer's invoices."""
    async with console(request, "Clientes", "Clientes"):
        table = DataTable(
            COLUMNS,
            load,
            label="Clientes",
            search="Empresa, persona o correo",
            sort="created",
            descending=True,
            empty=("No hay clientes así", "Aparecen aquí en cuanto llenan el formulario."),
        )
        live.follow(["tenant"], table.refresh)


def load(query: Query) -> Page:
    """One page of rows."""
    found = customers.page(
        customers.Filter(
            text=query.search,
            sort=query.sort or "created",
            descending=query.descending if query.sort else True,
            number=query.page,
            size=query.size,
        )
    )
    rows = [
        {
            "id": row.id,
            "href": f"/admin/customers/{row.id}",
            "company": row.company,
            "full_name": row.full_name,
            "email": row.email,
            "country": country_name(row.country),
            "tenants": ", ".join(name for _, name in row.tenants[:3]) or "–",
            "created": day(row.created_at, row.country),
        }
        for row in found.rows
    ]
    return Page(rows, found.total)
