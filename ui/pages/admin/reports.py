"""/admin/reports: income month by month, cohorts, what is owed, with definitions, and all of it as CSV."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from html import escape

from fastapi import Request
from nicegui import ui

from domain import currencies, formats
from domain.errors import AltaError
from domain.reports import revenue
from domain.reports.revenue import AGES, DEFINITIONS, Month, Receivable, Revenue
from ui.components.button import button
from ui.components.empty import empty
from ui.components.heading import heading, text
from ui.components.named import named
from ui.components.problem import problem_html
from ui.live import off_loop
from ui.pages.admin.console import console

KINDS = {
    "new": "Nuevo",
    "expansion": "Expansión",
    "contraction": "Contracción",
    "churn": "Bajas",
    "reactivation": "Reactivación",
}
Table = list[list[str]]
_NUMBER = ' class="num" style="text-align:right"'


@ui.page("/admin/reports")
async def reports_page(request: Request) -> None:
    """Read as the page opens."""
    async with console(request, "Informes", "Informes"):
        found = await off_loop(revenue.read)
        if not found.months:
            empty("Aún no hay ingresos", "Aparecen con la primera suscripción que se paga.")
        else:
            for currency, months in found.months.items():
                _income(currency, months)
            _together(found)
            _cohorts(found)
        await _owed(found)
        _definitions()


def _income(currency: str, every: list[Month]) -> None:
    # From the first month in which there was anything.
    months = every[
        next((place for place, month in enumerate(every) if month.opening or any(month.by_kind.values())), 0) :
    ]
    table = income_table(currency, months)
    with named(ui.element("section").classes("card stack"), f"Ingresos en {currency}"):
        with ui.row().classes("row between wrapping"):
            heading(f"Ingresos mensuales en {currency}", 2)
            csv = button("CSV", lambda: _download(f"mrr-{currency.lower()}.csv", table), small=True)
            named(csv, f"Descargar los ingresos en {currency}")
        last = months[-1]
        text(
            f"{formats.money(last.closing, currency)} al mes, de {formats.number(last.paying)} suscripciones", "strong"
        )
        ui.html(bars_html([(name_of(month.first), month.closing) for month in months], currency), sanitize=False)
        ui.html(table_html(table, f"Movimientos en {currency}"), sanitize=False)


def income_table(currency: str, months: list[Month]) -> Table:
    """A row a month, the newest first."""
    head = ["Mes", "Al empezar", *KINDS.values(), "Al final", "Tasa de bajas", "Ingreso medio"]
    rows = [
        [
            name_of(month.first),
            amount(month.opening, currency),
            *(amount(month.by_kind[kind], currency) for kind in KINDS),
            amount(month.closing, currency),
            percent(month.churn_rate),
            "–" if month.average_cents is None else formats.money(month.average_cents, currency),
        ]
        for month in reversed(months)
    ]
    return [head, *rows]


def _together(found: Revenue) -> None:
    """All currencies in one, where the operator says what they are worth."""
    if len(found.months) < 2:
        return
    base = currencies.SOLD_IN[0]
    parts = {
        currency: revenue.converted(months[-1].closing, currency, found.rates)
        for currency, months in found.months.items()
    }
    with ui.element("section").classes("card stack").props('aria-label="Todo junto"'):
        heading(f"Todo en {base}", 2)
        known = sum(cents for cents in parts.values() if cents is not None)
        text(f"{formats.money(known, base)} al mes", "strong")
        said = ", ".join(f"1 {code} = {rate} {base}" for code, rate in found.rates.items() if code != base)
        text(f"Al cambio que dice EXCHANGE_RATES: {said}." if said else "EXCHANGE_RATES no dice ningún cambio.",
             "small muted")  # fmt: skip
        if missing := [currency for currency, cents in parts.items() if cents is None]:
            text(f"Sin contar: {', '.join(missing)}, de las que no se dice el cambio.", "small")


def _cohorts(found: Revenue) -> None:
    most = max(len(cohort.kept) for cohort in found.cohorts)
    head = ["Empezaron en", "Suscripciones", *(f"Mes {number}" for number in range(most))]
    rows = [
        [
            name_of(cohort.first),
            formats.number(cohort.size),
            *(f"{percent(kept / cohort.size)}" for kept in cohort.kept),
            *[""] * (most - len(cohort.kept)),
        ]
        for cohort in reversed(found.cohorts)
    ]
    table = [head, *rows]
    with ui.element("section").classes("card stack").props('aria-label="Cohortes"'):
        with ui.row().classes("row between wrapping"):
            heading("Cohortes", 2)
            button("CSV", lambda: _download("cohortes.csv", table), small=True).props(
                'aria-label="Descargar las cohortes"'
            )
        ui.html(table_html(table, "Cohortes"), sanitize=False)


async def _owed(found: Revenue) -> None:
    with ui.element("section").classes("card stack").props('aria-label="Por cobrar"'):
        heading("Por cobrar", 2)
        try:
            owed = await off_loop(revenue.receivables)
        except AltaError as error:
            ui.html(problem_html("No se pudo leer en Stripe.", error.message), sanitize=False)
            return
        if not owed:
            text("Nadie debe nada.", "muted")
            return
        table = receivable_table(owed)
        ui.html(table_html(table, "Por cobrar"), sanitize=False)
        button("CSV", lambda: _download("por-cobrar.csv", table), small=True).props(
            'aria-label="Descargar lo que está por cobrar"'
        )


def receivable_table(owed: list[Receivable]) -> Table:
    """A row a currency."""
    head = ["Moneda", *(words for words, _ in AGES), "Total"]
    return [
        head,
        *(
            [one.currency, *(amount(cents, one.currency) for cents in one.by_age),
             formats.money(sum(one.by_age), one.currency)]
            for one in owed
        ),
    ]  # fmt: skip


def _definitions() -> None:
    items = "".join(f"<dt><b>{escape(name)}</b></dt><dd>{escape(words)}</dd>" for name, words in DEFINITIONS.items())
    with ui.element("section").classes("card stack").props('aria-label="Definiciones"'):
        heading("Qué significa cada cifra", 2)
        ui.html(f'<dl class="small stack" style="--gap:6px">{items}</dl>', sanitize=False)


def name_of(first: datetime) -> str:
    """nov 2026"""
    return formats.day(first).split(" ", 1)[1]


def amount(cents: int, currency: str) -> str:
    """US$ 59,00; a line where there is nothing."""
    return formats.money(cents, currency) if cents else "–"


def percent(share: float | None) -> str:
    """12,5 %"""
    return "–" if share is None else f"{formats.number(round(share * 100, 1))}\u00a0%"


def table_html(table: Table, label: str) -> str:
    """A table that scrolls by itself where it is too wide."""
    head = "".join(
        f'<th scope="col"{_NUMBER if place else ""}>{escape(word)}</th>' for place, word in enumerate(table[0])
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{'' if place == 0 else ' class=num'}>{escape(cell)}</td>" for place, cell in enumerate(row))
        + "</tr>"
        for row in table[1:]
    )
    return (
        f'<div style="overflow-x:auto" tabindex="0" role="region" aria-label="{escape(label)}">'
        f'<table class="plain nowrap"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def bars_html(points: Sequence[tuple[str, int]], currency: str) -> str:
    """A bar a month; each says its month and amount, to the mouse and to screen readers."""
    most = max((cents for _, cents in points), default=0) or 1
    width = 100 / max(len(points), 12)
    bars = "".join(
        f'<rect x="{place * width + width * 0.15:.2f}" y="{40 - 38 * cents / most:.2f}" width="{width * 0.7:.2f}" '
        f'height="{38 * cents / most + 0.5:.2f}" rx="0.6" fill="var(--brand)">'
        f"<title>{escape(name)}: {escape(formats.money(cents, currency))}</title></rect>"
        for place, (name, cents) in enumerate(points)
    )
    said = "; ".join(f"{name}: {formats.money(cents, currency)}" for name, cents in points)
    return (
        f'<svg viewBox="0 0 100 41" preserveAspectRatio="none" role="img" aria-label="{escape(said)}" '
        f'style="width:100%;height:140px">{bars}</svg>'
    )


def _download(name: str, table: Table) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows(table)
    # The mark tells spreadsheets that it is UTF-8.
    ui.download.content("\ufeff" + written.getvalue(), name, "text/csv; charset=utf-8")
