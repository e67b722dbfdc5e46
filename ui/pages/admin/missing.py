"""What is not there: the console's own page for an address that leads to nothing."""

from fastapi import Request

from ui.components.empty import empty
from ui.pages.admin.console import console

LISTS = {
    "Instancias": "/admin/tenants",
    "Trabajos": "/admin/jobs",
    "Eventos": "/admin/events",
    "Planes": "/admin/plans",
    "Clientes": "/admin/customers",
}


async def missing(request: Request, noun: str, words: str) -> None:
    """Says so, and leads back to the list of `noun`."""
    async with console(request, noun, "No está"):
        empty(words, "Puede que el número esté mal escrito.", action=f"Ver {noun.lower()}", href=LISTS[noun])
