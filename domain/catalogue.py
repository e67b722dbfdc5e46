"""The catalogue of a new installation. Afterwards the tables are the truth, and this is not read again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DefaultPlan:
    """`monthly_cents` a month; a year costs ten months."""

    code: str
    name: str
    summary: str
    features: tuple[str, ...]
    monthly_cents: int
    highlighted: bool = False


CURRENCY = "USD"
BLUEPRINT = "gestion"  # the family of templates (see `blueprints`) that every plan's tenants are made from
MONTHS_IN_A_YEAR_PAID = 10

PLANS = (
    DefaultPlan(
        "basico",
        "Básico",
        "Para empezar a facturar en orden.",
        ("Hasta 3 personas", "5 GB de espacio", "Ayuda por correo"),
        2_900,
    ),
    DefaultPlan(
        "pyme",
        "Pyme",
        "Para un equipo que vende, compra y cobra.",
        ("Hasta 15 personas", "25 GB de espacio", "Ayuda por correo en un día"),
        5_900,
        highlighted=True,
    ),
    DefaultPlan(
        "empresa",
        "Empresa",
        "Para varias sedes y más exigencia.",
        ("Personas sin límite", "100 GB de espacio", "Atención prioritaria"),
        14_900,
    ),
)
