"""/admin/tenants: every tenant, searched, filtered and ordered on the server."""

from urllib.parse import urlencode

from fastapi import Request
from nicegui import ui

from domain.formats import day
from domain.reports import tenants
from ui import live
from ui.components.button import button
from ui.components.data_table import Column, DataTable, Page, Query
from ui.pages.admin import create_tenant, words
from ui.pages.admin.console import console

COLUMNS = [
    Column("subdomain", "Instancia", kind="link", sort=True),
    Column("company", "Cliente", on_phone=False),
    Column("state", "Estado", kind="badge"),
    Column("plan", "Plan", on_phone=False),
    Column("charge", "Próximo cobro", kind="number", on_phone=False),
    Column("took", "Lista en", kind="number", on_phone=False),
    Column("created", "Alta", kind="number", sort=True, on_phone=False),
]


@ui.page("/admin/tenants")
async def tenants_page(request: Request, state: str = "", search: str = "") -> None:
    """The table; it reads its page again when a tenant changes."""

    async with console(request, "Instancias", "Instancias", action=create_tenant.button_for(request.state.identity)):
        table = DataTable(
            COLUMNS,
            load,
            label="Instancias",
            search="Nombre, empresa o correo",
            filters={"state": ("Estado: todos", words.STATE_OPTIONS)},
            chosen={"state": state} if state in words.STATE_OPTIONS else {},
            sort="created",
            descending=True,
            empty=("No hay instancias así", "Prueba con otras palabras u otro estado."),
            tools=lambda: button("Exportar CSV", lambda: ui.download.from_url(csv_url(table.query)), small=True),
        )
        live.follow(["tenant"], table.refresh)


def wanted(query: Query) -> tenants.Filter:
    """The table's wish in the report's words."""
    return tenants.Filter(
        text=query.search,
        state=query.filters.get("state") or None,
        sort=query.sort or "created",
        descending=query.descending if query.sort else True,
        number=query.page,
        size=query.size,
    )


def csv_url(query: Query) -> str:
    """Where the rows that the table shows are to be had as CSV, all of them."""
    asked = {"search": query.search, "state": query.filters.get("state", "")}
    return "/api/tenants.csv?" + urlencode({name: value for name, value in asked.items() if value})


def load(query: Query) -> Page:
    """One page of rows."""
    found = tenants.page(wanted(query))
    rows = [
        {
            "id": row.id,
            "href": f"/admin/tenants/{row.id}",
            "subdomain": row.subdomain,
            "company": row.company,
            "state": words.tenant_state(row.state),
            "plan": row.plan or "–",
            "charge": words.charge(row),
            "took": words.took(row),
            "created": day(row.created_at, row.country),
        }
        for row in found.rows
    ]
    return Page(rows, found.total)
