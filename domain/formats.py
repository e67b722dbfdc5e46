"""Money, dates and numbers as the reader's country writes them. The only importer of babel."""

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_timezone
from babel.numbers import format_currency, format_decimal, get_territory_currencies

from domain import currencies

# Where the reader's country is not known: dollars before the number and a decimal comma, as most of South America.
DEFAULT = "CO"
# Of CLDR's two-letter territories, those that ISO 3166-1 does not assign to a country.
_NOT_ISO = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"])


# The Spanish that Odoo 19 speaks by country; elsewhere the international one.
_ODOO_SPANISH = frozenset(["AR", "BO", "CL", "CO", "CR", "DO", "EC", "ES", "GT", "MX", "PA", "PE", "PY", "UY", "VE"])


@lru_cache
def _locale(country: str | None) -> Locale:
    try:
        return Locale.parse(f"es_{(country or DEFAULT).upper()}")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(f"es_{DEFAULT}")


def money(cents: int, currency: str, country: str | None = None) -> str:
    """5900, "USD" -> "US$ 59,00". `cents` are Stripe's minor units: for currencies without decimals, whole units."""
    code = currency.upper()
    decimals = currencies.decimals(code)
    symbol = "US$" if code == "USD" else _locale(country).currency_symbols.get(code, code)
    number = format_currency(
        Decimal(abs(cents)).scaleb(-decimals),
        code,
        locale=_locale(country),
        format="#,##0." + "0" * decimals if decimals else "#,##0",
        currency_digits=False,
    )
    sign = "−\u00a0" if cents < 0 else ""
    return f"{sign}{symbol}\u00a0{number}"


def day(moment: date | datetime, country: str | None = None) -> str:
    """8 dic 2026"""
    return format_date(moment, "d MMM y", locale=_locale(country)).replace(".", "")


def long_day(moment: date | datetime, country: str | None = None) -> str:
    """8 de diciembre de 2026"""
    return format_date(moment, "d 'de' MMMM 'de' y", locale=_locale(country))


def clock(moment: datetime, zone: str = "UTC") -> str:
    """14:03:22"""
    return format_time(moment, "HH:mm:ss", tzinfo=get_timezone(zone), locale=_locale(None))


def day_clock(moment: datetime, country: str | None = None) -> str:
    """8 dic 2026, 14:03"""
    return f"{day(moment, country)}, {moment.astimezone(UTC):%H:%M}"


def seconds(value: float, country: str | None = None) -> str:
    """0,82 s; 12,4 s; 3 min 20 s"""
    if value >= 100:
        return f"{int(value // 60)} min {int(value % 60)} s"
    pattern = "0.00" if value < 10 else "0.0"
    return f"{format_decimal(value, pattern, locale=_locale(country))}\u00a0s"


def number(value: float, country: str | None = None, decimals: int = 0) -> str:
    """1.204"""
    return format_decimal(value, "#,##0" + ("." + "0" * decimals if decimals else ""), locale=_locale(country))


def country_name(country: str) -> str:
    """República Dominicana"""
    return str(_locale(None).territories.get(country.upper(), country))


@lru_cache
def countries() -> dict[str, str]:
    """Every country of ISO 3166-1: alpha-2 code and Spanish name, in the order of the alphabet."""
    names = {str(code): str(name) for code, name in _locale(None).territories.items()}
    codes = [code for code in names if len(code) == 2 and code.isalpha() and code not in _NOT_ISO]
    return {code: names[code] for code in sorted(codes, key=lambda code: _folded(names[code]))}


def _folded(name: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFD", name.lower()) if not unicodedata.combining(mark))


def odoo_language(country: str) -> str:
    """Odoo's code for the Spanish of a country: es_DO, es_ES, or es_419 where Odoo has none of its own."""
    return f"es_{country}" if country in _ODOO_SPANISH else "es_419"


def currency_of(country: str) -> str:
    """The ISO 4217 code of the money a country uses today; USD where there is none of its own."""
    found = get_territory_currencies(country.upper())
    return str(found[0]) if found else "USD"


def odoo_languages(country: str) -> dict[str, str]:
    """The languages that a new Odoo of this country may have, the usual one first: Odoo's code and its name."""
    usual = odoo_language(country)
    name = f"Español ({country_name(country)})" if usual != "es_419" else "Español (Latinoamérica)"
    return {usual: name, "en_US": "Inglés"}


def odoo_currencies(country: str) -> dict[str, str]:
    """The money that a new Odoo of this country may count in, the country's own first: ISO code and Spanish name."""
    names = _locale(country).currencies
    return {
        code: f"{str(names.get(code, code)).capitalize()} ({code})" for code in (currency_of(country), "USD", "EUR")
    }
