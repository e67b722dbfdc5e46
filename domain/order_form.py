"""What a buyer fills in: the same form for the page and for the API, judged whole, in words that help."""

import hashlib
import json
import unicodedata
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from domain import emails, formats, plans, subdomains, tax_ids
from domain.errors import FieldProblem

# Where we know the tax ids and the local ways of paying; the page lists them before the rest of the world.
OFFERED = ("AR", "CL", "CO", "CR", "DO", "EC", "ES", "MX", "PE", "UY")
SHORTEST, LONGEST = 2, 120  # characters of a company's or a person's name

# Marks that turn the direction of writing, and so make a text read as something else.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


class OrderForm(BaseModel):
    """An order as typed: nothing is checked here, so that `problems` can say everything at once."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "company": "Panadería Sol, S.R.L.", "full_name": "Marta Núñez", "email": "marta@panaderiasol.do",
                    "subdomain": "panaderia-sol", "plan": "pyme", "interval": "month", "country": "DO",
                    "tax_id": "1-31-24679-6", "accept_terms": True,
                }
            ]
        },
    )  # fmt: skip

    company: str = Field(default="", description="Nombre de la empresa, de 2 a 120 caracteres.")
    full_name: str = Field(default="", description="Nombre de quien compra, de 2 a 120 caracteres.")
    email: str = Field(default="", description="Correo del dueño de la cuenta; también puede tener un dominio IDN.")
    subdomain: str = Field(default="", description="Nombre de la dirección: de 3 a 31 letras, números y guiones.")
    plan: str = Field(default="", description="Código de un plan: `basico`, `pyme`, `empresa`.")
    interval: str = Field(default="month", description="`month` o `year`.")
    people: int = Field(default=1, description="Para cuántas personas, en los planes que se pagan por persona.")
    country: str = Field(default="", description="ISO 3166-1 alfa-2: `DO`, `MX`, `ES`.")
    tax_id: str = Field(default="", description="Identificador fiscal, con o sin separadores; opcional.")
    currency: str = Field(default="", description="Moneda de tu Odoo, ISO 4217; por defecto la del país.")
    language: str = Field(default="", description="Idioma de tu Odoo, como `es_DO` o `en_US`; por defecto el del país.")
    accept_terms: bool = Field(default=False, description="Tiene que ser `true`.")

    @field_validator("people", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        """What is no number is 0, which `problems` refuses with the rest."""
        if value is None or isinstance(value, bool):
            return 1 if value is None else 0
        word = str(value).strip()
        return int(word) if word.isascii() and word.isdigit() and len(word) < 9 else 0

    @field_validator("*", mode="before")
    @classmethod
    def _nothing(cls, value: Any, info: Any) -> Any:
        return cls.model_fields[info.field_name].default if value is None else value


def clean(form: OrderForm) -> OrderForm:
    """The form as it is stored: NFC, trimmed, subdomain and country normalised, tax id compact. Idempotent."""
    country = form.country.strip().upper()
    return OrderForm(
        company=_text(form.company),
        full_name=_text(form.full_name),
        email=emails.canonical(unicodedata.normalize("NFC", form.email[:1000])),
        subdomain=subdomains.normalise(form.subdomain),
        plan=form.plan.strip().lower(),
        interval=form.interval.strip().lower(),
        people=form.people,
        country=country,
        tax_id=tax_ids.compact(country, form.tax_id[:200]),
        currency=form.currency.strip().upper()[:20],
        language=form.language.strip()[:20],
        accept_terms=form.accept_terms,
    )


def _text(typed: str) -> str:
    return unicodedata.normalize("NFC", typed[:2000]).strip(" \t\r\n\u00a0\u3000")


def fingerprint(form: OrderForm) -> str:
    """SHA-256 of what a cleaned form orders: two orders with the same one are the same order."""
    # What was left to the country is not part of it: orders from before these could be chosen stay the same orders.
    unsaid = {name for name in ("currency", "language") if not getattr(form, name)}
    unsaid |= {"people"} if form.people == 1 else set()
    canonical = json.dumps(form.model_dump(exclude={"accept_terms", *unsaid}), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def problems(form: OrderForm) -> list[FieldProblem]:
    """Everything that is wrong, in the order of the form; empty: it may be placed (the name may still be taken)."""
    given = clean(form)
    checks: list[tuple[str, Callable[[], tuple[str, str] | None]]] = [
        ("company", lambda: _name(given.company, "Escribe el nombre de tu empresa.")),
        ("full_name", lambda: _name(given.full_name, "Escribe tu nombre.")),
        ("email", lambda: _email(given.email)),
        ("subdomain", lambda: _of(subdomains.problem(given.subdomain))),
        ("plan", lambda: _plan(given.plan)),
        ("interval", lambda: _interval(given.plan, given.interval, given.country)),
        ("people", lambda: _people(given.plan, given.people)),
        ("country", lambda: _country(given.country)),
        ("tax_id", lambda: _tax_id(given.country, given.tax_id)),
        ("currency", lambda: _choice(given.currency, formats.odoo_currencies(given.country), "moneda")),
        ("language", lambda: _choice(given.language, formats.odoo_languages(given.country), "idioma")),
        ("accept_terms", lambda: _terms(accepted=given.accept_terms)),
    ]
    found = [(name, check()) for name, check in checks]
    return [FieldProblem(name, *fault) for name, fault in found if fault]


def _of(fault: FieldProblem | None) -> tuple[str, str] | None:
    return (fault.code, fault.message) if fault else None


def _name(text: str, required: str) -> tuple[str, str] | None:
    if not text:
        return "required", required
    if _unwritable(text):
        return "control", "Hay un carácter invisible que no se puede guardar. Vuelve a escribirlo."
    if not any(unicodedata.category(mark)[0] in "LN" for mark in text):
        return "no_letters", "Escribe al menos una letra."
    if len(text) < SHORTEST:
        return "too_short", f"Escribe al menos {SHORTEST} caracteres."
    if len(text) > LONGEST:
        return "too_long", f"Es muy largo: caben {LONGEST} caracteres."
    return None


def _unwritable(text: str) -> bool:
    # Cc: NUL, line ends and other controls; Cs: half a character, which no database can keep; Zl, Zp: line ends too.
    return any(mark in _TURNING or unicodedata.category(mark) in ("Cc", "Cs", "Zl", "Zp") for mark in text)


def _email(text: str) -> tuple[str, str] | None:
    return emails.problem(text) if text else ("required", "Escribe tu correo: ahí te llega el acceso.")


def _plan(code: str) -> tuple[str, str] | None:
    known = [plan.code for plan in plans.catalogue()]
    if code in known:
        return None
    if not code:
        return "required", "Elige un plan."
    return "unknown", f"No existe ese plan. Los que hay: {', '.join(known) or 'ninguno por ahora'}."


def _interval(code: str, interval: str, country: str) -> tuple[str, str] | None:
    plan = next((plan for plan in plans.catalogue(country) if plan.code == code), None)
    offered = list(plan.prices) if plan else list(plans.INTERVALS)
    return None if interval in offered else ("unknown", f"Elige cada cuánto pagas: {' o '.join(offered)}.")


def _people(code: str, people: int) -> tuple[str, str] | None:
    counted = any(plan.code == code and plan.per_person for plan in plans.catalogue())
    if not counted or 1 <= people <= plans.MOST_PEOPLE:
        return None
    return "out_of_range", f"Escribe para cuántas personas, de 1 a {plans.MOST_PEOPLE}."


def _country(code: str) -> tuple[str, str] | None:
    if not code:
        return "required", "Elige tu país."
    return None if code in formats.countries() else ("unknown", "No es el código de un país, como DO, MX o ES.")


def _tax_id(country: str, value: str) -> tuple[str, str] | None:
    if _unwritable(value):
        return "control", "Hay un carácter invisible que no se puede guardar. Vuelve a escribirlo."
    return _of(tax_ids.problem(country, value))


def _choice(given: str, offered: dict[str, str], noun: str) -> tuple[str, str] | None:
    return None if not given or given in offered else ("unknown", f"Elige {noun}: {', '.join(offered)}.")


def _terms(*, accepted: bool) -> tuple[str, str] | None:
    return None if accepted else ("required", "Para continuar, acepta las condiciones y la política de privacidad.")


def countries() -> list[tuple[str, str]]:
    """Code and Spanish name of every country: those offered first, then the rest, each in alphabetical order."""
    names = formats.countries()
    first = [code for code in names if code in OFFERED]
    return [(code, names[code]) for code in [*first, *(code for code in names if code not in OFFERED)]]
