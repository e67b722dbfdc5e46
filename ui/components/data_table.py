"""A table whose pages come from the server: the browser holds one page, whatever the number of rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nicegui import run, ui

from ui.components import field as fields
from ui.components.empty import empty_html
from ui.components.named import named

Row = dict[str, Any]
CELLS = {
    "link": '<q-td :props="props"><a v-if="props.row.href" :href="props.row.href">{{ props.value }}</a>'
    '<span v-else class="strong">{{ props.value }}</span></q-td>',
    "long": '<q-td :props="props"><span class="long small">{{ props.value }}</span></q-td>',
    "badge": '<q-td :props="props"><span v-if="props.value && props.value.word" '
    ":class=\"'badge ' + props.value.tone\">{{ props.value.word }}</span></q-td>",
}


@dataclass(frozen=True)
class Column:
    """`name` is the key in a row. `kind`: text; number (to the right); link (opens `row["href"]`); badge
    (`state_badge.cell`); long (wraps). `sort`: the loader can order by it; `on_phone=False` hides it below 760 px."""

    name: str
    label: str
    kind: str = "text"
    sort: bool = False
    on_phone: bool = True


@dataclass(frozen=True)
class Query:
    """What the reader asks for. `page` counts from 1; `sort` is a column's name or ""."""

    search: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    page: int = 1
    size: int = 25


@dataclass(frozen=True)
class Page:
    """One page of rows (each with an `id`, and `href` where a row leads somewhere) and the number of all."""

    rows: Sequence[Row]
    total: int


class DataTable:
    """`load(Query) -> Page` is synchronous and runs off the loop. `refresh()` reads the same page again, in place.

    `chosen` are the filters set at first, as an address may say.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        load: Callable[[Query], Page],
        *,
        label: str,
        search: str = "",
        filters: Mapping[str, tuple[str, Mapping[str, str]]] | None = None,
        sort: str = "",
        descending: bool = False,
        size: int = 25,
        empty: tuple[str, str] = ("Aún no hay nada", "Aparecerá aquí en cuanto exista."),
        tools: Callable[[], object] | None = None,
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        self._load, self._latest, self._total = load, 0, 0
        self.query = Query(sort=sort, descending=descending, size=size, filters=chosen or {})
        with ui.element("div").classes("card tablecard"):
            if search or filters or tools:
                with ui.element("div").classes("tools"):
                    self._tools(search, filters or {})
                    if tools:
                        tools()
            self.table = self._build(columns, label, empty)
        ui.timer(0, self.refresh, once=True)
        # What is wider than its place is scrolled by keyboard too.
        ui.timer(0.3, self._reachable, once=True)

    def _reachable(self) -> None:
        if not self.table.is_deleted:
            self.table.client.run_javascript(
                f"for (const part of getHtmlElement({self.table.id})?.querySelectorAll('.q-table__middle') ?? [])"
                " part.tabIndex = 0"
            )

    async def refresh(self) -> None:
        """Reads the page again. An older answer never overwrites a newer one."""
        self._latest += 1
        mine, query = self._latest, self.query
        page = await run.io_bound(self._load, query)
        if mine != self._latest or page is None or self.table.is_deleted:
            return
        if not page.rows and query.page > 1 and page.total:
            await self.ask(page=1)
            return
        self.table.props(remove="loading")
        self.table.rows = list(page.rows)
        self._total = page.total
        self._write_pages()

    def _write_pages(self) -> None:
        self.table.pagination = self._pagination(self._total)

    async def ask(self, **changes: Any) -> None:
        """Another search, filters, order or page (fields of Query); a change of what is asked begins at page 1."""
        self.query = Query(**{**self.query.__dict__, "page": 1, **changes})
        await self.refresh()

    def _tools(self, search: str, filters: Mapping[str, tuple[str, Mapping[str, str]]]) -> None:
        if search:
            with ui.element("div").classes("field"):
                box = ui.input(placeholder=search).props("outlined dense clearable debounce=200")
                named(box.props(f'clear-icon="{fields.CROSS}"'), search)
                box.on_value_change(lambda event: self.ask(search=(event.value or "").strip()))
        for name, (label, options) in filters.items():
            with ui.element("div").classes("field").style("width:180px"):
                given = self.query.filters.get(name, "")
                choice = ui.select({"": label, **options}, value=given if given in options else "").props(
                    "outlined dense options-dense behavior=menu"
                )
                named(choice.props(f'dropdown-icon="{fields.ARROW}"'), label)
                choice.on_value_change(lambda event, name=name: self._filter(name, event.value or ""))

    async def _filter(self, name: str, value: str) -> None:
        await self.ask(filters={**self.query.filters, name: value})

    def _build(self, columns: Sequence[Column], label: str, empty: tuple[str, str]) -> ui.table:
        # Given when it is made: a table made without pages hides its pager for good.
        pages = self._pagination(0)
        table = ui.table(columns=[_column(column) for column in columns], rows=[], row_key="id", pagination=pages)
        named(table.props("flat loading binary-state-sort"), label)
        table.props('rows-per-page-label="Filas" no-data-label=""')
        for column in columns:
            if column.kind in CELLS:
                table.add_slot(f"body-cell-{column.name}", CELLS[column.kind])
        table.add_slot("no-data", f'<div style="width:100%">{empty_html(*empty)}</div>')
        table.on("request", self._request)
        # A browser that corrects its pager sends back the number of rows it knew: ours is the true one.
        table.on_pagination_change(self._write_pages)
        table.on("rowClick", lambda event: _open(event.args[1]), [[], ["href"], None])
        return table

    async def _request(self, event: Any) -> None:
        wanted = event.args["pagination"]
        size = wanted["rowsPerPage"] or 100
        await self.ask(
            page=int(wanted["page"]), size=int(size), sort=wanted["sortBy"] or "", descending=bool(wanted["descending"])
        )

    def _pagination(self, total: int) -> dict[str, Any]:
        query = self.query
        return {
            "page": query.page,
            "rowsPerPage": query.size,
            "rowsNumber": total,
            "sortBy": query.sort or None,
            "descending": query.descending,
        }


def _open(row: Mapping[str, Any]) -> None:
    if row.get("href"):
        ui.navigate.to(row["href"])


def _column(column: Column) -> dict[str, Any]:
    hidden = "" if column.on_phone else "hide-s"
    return {
        "name": column.name,
        "label": column.label,
        "field": column.name,
        "align": "right" if column.kind == "number" else "left",
        "sortable": column.sort,
        "classes": hidden,
        "headerClasses": hidden,
    }
