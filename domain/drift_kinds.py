"""The kinds of disagreement, as data: name, words, how it is found, what puts it right. See `drift_found` for the rules
of finding, `drift_repairs` for what a repair may do."""

from dataclasses import dataclass
from typing import Any

from domain import drift_found as found
from domain import drift_repairs as repairs
from domain.drift_repairs import Planner


@dataclass(frozen=True)
class Kind:
    """`query` finds it; `reasons` are its sentences by `facts["case"]` ("" where it has one), filled from the facts;
    `button` is the repair's verb and `plan` what it would do."""

    name: str
    title: str
    query: str
    reasons: dict[str, str]
    button: str
    plan: Planner

    def reason(self, facts: dict[str, Any]) -> str:
        """The sentence for what was found."""
        words = {name: WORDS.get(value, value) if isinstance(value, str) else value for name, value in facts.items()}
        return self.reasons[str(facts.get("case", ""))].format(**{**words, "name": facts["name"]})


# Stripe's words as staff read them.
WORDS = {
    "active": "al día",
    "trialing": "de prueba",
    "past_due": "con pago pendiente",
    "unpaid": "sin pagar",
    "paused": "en pausa",
    "canceled": "cancelada",
    "incomplete_expired": "vencida sin pagar",
}

KINDS = {
    kind.name: kind
    for kind in [
        Kind(
            "paid_not_there",
            "Pagada y sin hacer",
            found.PAID_NOT_THERE,
            {
                "unknown": "{stripe} está {word} en Stripe, y aquí el pedido de «{name}» sigue sin pagar.",
                "never_made": "«{name}» está pagada y no existe, y ningún trabajo la está creando.",
            },
            "Crear",
            repairs.make,
        ),
        Kind(
            "there_not_paid",
            "Abierta y sin pagar",
            found.THERE_NOT_PAID,
            {
                "unpaid": "{stripe} está {word} en Stripe, y «{name}» no está suspendida por ello.",
                "unknown": "Stripe no conoce {stripe}, con la que se paga «{name}».",
                "open": "«{name}» debe estar suspendida, y en {node} está abierta.",
            },
            "Suspender",
            repairs.not_paid,
        ),
        Kind(
            "running_though_cancelled",
            "En marcha y cancelada",
            found.RUNNING_THOUGH_CANCELLED,
            {
                "stripe": "{stripe} está {word} en Stripe, y aquí la suscripción de «{name}» sigue.",
                "rows": "La suscripción de «{name}» se canceló, y la instancia sigue ahí.",
                "node": "«{name}» consta como archivada, y en {node} su base de datos sigue en uso.",
            },
            "Archivar",
            repairs.end,
        ),
        Kind(
            "suspended_though_paid",
            "Suspendida y pagada",
            found.SUSPENDED_THOUGH_PAID,
            {
                "stripe": "{stripe} está {word} en Stripe, y «{name}» consta como no pagada.",
                "closed": "«{name}» debe estar en marcha, y en {node} está suspendida.",
            },
            "Reanudar",
            repairs.open_again,
        ),
        Kind(
            "paid_twice",
            "Pagada dos veces",
            found.PAID_TWICE,
            {"": "«{name}» se cobra dos veces en Stripe: {kept} y {stripe}."},
            "Cobrar una vez",
            repairs.pay_once,
        ),
        Kind(
            "database_without_row",
            "Base sin instancia",
            found.DATABASE_WITHOUT_ROW,
            {"": "En {node} hay una base «{name}» que no es de ninguna instancia de este panel."},
            "Anotar como conocida",
            repairs.make_known,
        ),
        Kind(
            "row_without_database",
            "Instancia sin base",
            found.ROW_WITHOUT_DATABASE,
            {"": "«{name}» debe estar en {node}, y allí no hay una base de datos con ese nombre."},
            "Marcar con fallo",
            repairs.mark_lost,
        ),
        Kind(
            "two_databases",
            "Dos bases para una instancia",
            found.TWO_DATABASES,
            {"": "«{name}» está en {kept}, y hay otra base suya en {node}."},
            "Archivar la otra",
            repairs.put_aside,
        ),
        Kind(
            "wrong_node",
            "En otro nodo",
            found.WRONG_NODE,
            {"": "«{name}» consta en {row}, y su base de datos está en {node}."},
            "Corregir el nodo",
            repairs.follow,
        ),
        Kind(
            "wrong_kit",
            "Scripts de otra versión",
            found.WRONG_KIT,
            {"": "{name} tiene los scripts {version}, que no son los de este panel ni más nuevos."},
            "Copiar los nuestros",
            repairs.renew_kit,
        ),
        Kind(
            "answers_badly",
            "Responde mal",
            found.ANSWERS_BADLY,
            {
                "running": "«{name}» está en marcha, y su página de entrada {answer}.",
                "suspended": "«{name}» está suspendida, y su página de entrada se abre.",
            },
            "Poner en su sitio",
            repairs.answer_well,
        ),
    ]
}
