"""The catalogue as YAML, for those who keep it in git. Amounts are written as people read them: `59.00`, never a float.

plans:
  - code: pyme
    name: Pyme
    prices:
      USD: {month: "59.00", year: "590.00"}
"""

from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import text
from sqlmodel import select

from domain import audit, catalogue_editor, currencies, database, plans
from domain.catalogue_editor import PlanForm
from domain.errors import FieldProblem, Invalid
from domain.models import Plan

LARGEST = 200_000  # characters of a file


class _Plan(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    code: str
    name: str
    kind: Literal["plan", "extra"] = "plan"
    per_person: bool = False
    summary: str = ""
    features: list[str] = Field(default_factory=list)
    visible: bool = True
    highlighted: bool = False
    blueprint: str | None = None
    trial_days: int = 0
    staging_copies: int = 1
    limits: dict[str, int] = Field(default_factory=dict)
    prices: dict[str, dict[str, str]] = Field(default_factory=dict)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    plans: list[_Plan]


def export() -> str:
    """The whole catalogue; `load` of it changes nothing."""
    made = []
    for one in catalogue_editor.entries():
        form = one.form
        prices: dict[str, dict[str, str]] = {}
        for (currency, interval), cents in form.prices.items():
            prices.setdefault(currency, {})[interval] = currencies.written(cents, currency).replace(",", ".")
        made.append(
            {
                "code": form.code, "name": form.name, "kind": form.kind, "per_person": form.per_person,
                "summary": form.summary, "features": list(form.features),
                "visible": form.visible, "highlighted": form.highlighted, "blueprint": form.blueprint,
                "trial_days": form.trial_days, "staging_copies": form.staging_copies, "limits": form.limits,
                "prices": prices,
            }
        )  # fmt: skip
    return yaml.safe_dump({"plans": made}, allow_unicode=True, sort_keys=False)


def load(written: str, *, by: str) -> list[str]:
    """Makes the catalogue say what a file says, all of it or nothing; a plan that is not in it is hidden, not deleted.

    Returns what changed, a line a plan. Raises Invalid, whose messages name the plan and the field.
    """
    forms = [_form(one) for one in _read(written).plans]
    found = [
        FieldProblem(f"{form.code}.{one.field}", one.code, one.message)
        for form in forms
        for one in catalogue_editor.problems(form)
    ]
    codes = [form.code for form in forms]
    found += [FieldProblem(code, "twice", "Está dos veces.") for code in sorted(set(codes)) if codes.count(code) > 1]
    if found:
        raise Invalid(found)
    before = {one.form.code: one.form for one in catalogue_editor.entries()}
    said = []
    with database.transaction() as session:
        session.execute(text("lock table plan in share row exclusive mode"))
        rows = {row.code: row for row in session.exec(select(Plan)).all()}
        for position, form in enumerate(forms):
            fresh = catalogue_editor.write(session, form, rows.get(form.code))
            session.exec(select(Plan).where(Plan.code == form.code)).one().position = position
            if before.get(form.code) != form:
                said.append(f"{form.code}: {'cambió' if form.code in before else 'nuevo'}, {fresh} precios nuevos")
        for code, row in rows.items():
            if code not in codes and row.visible:
                row.visible = False
                row.position = len(forms) + row.position
                session.add(row)
                said.append(f"{code}: ya no se ofrece")
        if said:
            audit.record(session, actor=by, action="plan.import", target="plan:all", changed=len(said))
    plans.forget()
    return said


def _read(written: str) -> _File:
    if len(written) > LARGEST:
        raise Invalid([FieldProblem("plans", "too_long", f"El archivo pasa de {LARGEST} caracteres.")])
    try:
        return _File.model_validate(yaml.safe_load(written))
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f" (línea {line + 1})" if isinstance(line, int) else ""
        raise Invalid([FieldProblem("plans", "yaml", f"No es YAML{where}.")]) from error
    except ValidationError as error:
        raise Invalid(
            [FieldProblem(".".join(map(str, one["loc"])), one["type"], one["msg"]) for one in error.errors()]
        ) from error


def _form(given: _Plan) -> PlanForm:
    prices: dict[tuple[str, str], int] = {}
    wrong: list[Any] = []
    for currency, by_interval in given.prices.items():
        for interval, typed in by_interval.items():
            cents = currencies.parse(typed, currency)
            if cents is None:
                name = f"{given.code}.prices.{currency}.{interval}"
                wrong.append(FieldProblem(name, "amount", f"«{typed}» no es un importe en {currency}."))
            else:
                prices[currency, interval] = cents
    if wrong:
        raise Invalid(wrong)
    return PlanForm(
        given.code, given.name, given.summary, tuple(given.features), given.visible, given.highlighted,
        given.blueprint, given.trial_days, given.staging_copies, given.limits, prices, given.kind, given.per_person,
    )  # fmt: skip
