"""Who may do what: one table from roles to capabilities. Pages, their handlers, the API and the command line ask it.

Staff act on everything that is Alta's; a customer's people on what is their customer's. Nobody has a capability that is
not written here.
"""

from collections.abc import Mapping
from types import MappingProxyType

STAFF_ROLES: Mapping[str, str] = MappingProxyType(
    {
        "admin": "Todo, también unir nodos.",
        "operator": "Instancias, nodos y trabajos; nada de dinero.",
        "support": "Mira todo, ayuda dentro de un Odoo con permiso del cliente y reenvía cartas.",
        "finance": "Cobros, devoluciones, catálogo e informes; nada de máquinas.",
        "viewer": "Mira y no toca nada.",
    }
)
CUSTOMER_ROLES: Mapping[str, str] = MappingProxyType(
    {
        "owner": "Titular: todo, también terminar el plan y dejar entrar a nuestro equipo.",
        "billing": "Facturas, tarjeta, plan y datos de facturación.",
        "technical": "Copias, dominio y copias de pruebas del Odoo.",
        "reader": "Mira el estado y las facturas.",
    }
)

# Staff in a customer's portal, by the customer's leave (`support_visits`): nobody is invited as one of these.
VISITOR_ROLES: Mapping[str, str] = MappingProxyType({"guest": "Mira.", "helper": "Mira, y ayuda con el Odoo."})

_EVERY_STAFF = frozenset(STAFF_ROLES)
_EVERY_MEMBER = frozenset(CUSTOMER_ROLES)
_EVERYBODY_THERE = _EVERY_MEMBER | frozenset(VISITOR_ROLES)

STAFF: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "panel.see": _EVERY_STAFF,
        "tenants.operate": frozenset({"admin", "operator"}),
        "backups.operate": frozenset({"admin", "operator"}),  # downloaded only while the customer consents
        "nodes.operate": frozenset({"admin", "operator"}),
        "nodes.join": frozenset({"admin"}),
        "support.enter": frozenset({"admin", "operator", "support"}),
        "letters.send": frozenset({"admin", "operator", "support", "finance"}),
        "billing.operate": frozenset({"admin", "finance"}),
        "catalogue.edit": frozenset({"admin", "finance"}),
        "audit.see": frozenset({"admin"}),
        "staff.manage": frozenset({"admin"}),
        "staff.keys": frozenset({"admin", "operator"}),
        "accounts.help": frozenset({"admin", "support"}),
        "data.erase": frozenset({"admin"}),
        "hooks.operate": frozenset({"admin"}),
    }
)
CUSTOMER: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "portal.see": _EVERYBODY_THERE,
        "odoo.enter": _EVERY_MEMBER,  # as who they are inside that Odoo: nobody who has no user there
        "odoo.manage": frozenset({"owner", "technical", "helper"}),
        "backups.take": frozenset({"owner", "technical", "helper"}),
        "odoo.end": frozenset({"owner"}),
        "consent.give": frozenset({"owner"}),
        "invoices.see": frozenset({"owner", "billing", "reader", "guest", "helper"}),
        "billing.change": frozenset({"owner", "billing"}),
        "team.manage": frozenset({"owner"}),
        "record.see": frozenset({"owner"}),
        "keys.manage": frozenset({"owner", "technical"}),
        "hooks.manage": frozenset({"owner", "technical"}),
        "data.export": frozenset({"owner"}),
    }
)

# What needs a proof of the last minutes that it is them, beside the capability: a stolen session does none of it.
FRESH = frozenset(
    {
        "nodes.join", "billing.operate", "odoo.end", "consent.give", "team.manage", "keys.manage", "staff.manage",
        "staff.keys", "accounts.help", "data.export", "data.erase", "hooks.operate", "backups.operate",
        "backups.take",
    }
)  # fmt: skip


def staff_may(role: str | None, capability: str) -> bool:
    """Whether staff of a role have a capability. Raises KeyError for one that is in neither table."""
    return role in STAFF[capability] if capability in STAFF else _known(capability)


def member_may(role: str | None, capability: str) -> bool:
    """Whether a customer's person of a role has a capability. Raises KeyError for one that is in neither table."""
    return role in CUSTOMER[capability] if capability in CUSTOMER else _known(capability)


def _known(capability: str) -> bool:
    if capability not in STAFF and capability not in CUSTOMER:
        raise KeyError(capability)
    return False
