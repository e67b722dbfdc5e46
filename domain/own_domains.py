"""A customer's own domain: asked for, proved in DNS, served by the node, taken back.

The row says what shall be; `served` what the node does. Whoever finishes a job compares the two and goes on.
"""

import ipaddress
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from domain import audit, database, dns_records, jobs, plan_limits, tenants
from domain.errors import Conflict, FieldProblem, Invalid, NotFound, Taken
from domain.models import OwnDomain, Tenant
from domain.models.base import now
from domain.settings import settings
from domain.states import TenantState

KIND = "set_domain"
PROOF_LABEL = "_alta"
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class Record:
    """A DNS record that the customer has to make."""

    type: str
    name: str
    value: str


@dataclass(frozen=True)
class DomainView:
    """`state`: waiting (for DNS), applying, live, removing. `problem` says what the last look missed."""

    domain: str
    state: str
    records: tuple[Record, ...]
    problem: str | None
    checked_at: datetime | None


def view(tenant_id: int) -> DomainView | None:
    """The tenant's own domain and how far it is; None where there is none."""
    with database.reading() as session:
        row = session.get(OwnDomain, tenant_id)
        return _view(row, session.get_one(Tenant, tenant_id).subdomain) if row else None


def _view(row: OwnDomain, subdomain: str) -> DomainView:
    if row.removing:
        state = "removing"
    elif row.verified_at is None:
        state = "waiting"
    else:
        state = "live" if row.served == row.domain else "applying"
    records = (
        Record("CNAME", row.domain, _ours(subdomain)),
        Record("TXT", f"{PROOF_LABEL}.{row.domain}", _sentence(row)),
    )
    return DomainView(row.domain, state, records, row.problem, row.checked_at)


def _ours(subdomain: str) -> str:
    return f"{subdomain}.{settings().base_domain}"


def _sentence(row: OwnDomain) -> str:
    return f"alta={row.proof}"


def clean(typed: str) -> str:
    """The domain that was meant: lower case, without scheme, path or final dot, in ASCII. Raises Invalid."""
    text = typed.strip().lower()
    text = (urlsplit(text).hostname or "") if "://" in text else text.split("/")[0]
    try:
        name = text.rstrip(".").encode("idna").decode() if text else ""
    except UnicodeError:
        name = ""
    if not name or len(name) > 253 or not _NAME.fullmatch(name) or _is_address(name):
        raise Invalid([FieldProblem("domain", "grammar", "Escribe un dominio completo, como erp.tuempresa.com.")])
    panel = urlsplit(settings().app_url).hostname or ""
    if name in (settings().base_domain, panel) or name.endswith(f".{settings().base_domain}"):
        raise Invalid([FieldProblem("domain", "ours", "Ese dominio es nuestro. Escribe uno de tu empresa.")])
    return name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def ask(tenant_id: int, typed: str, *, by: str) -> DomainView:
    """Notes the domain and says which records prove it. Raises Invalid, Conflict (one is in use, or not running)."""
    domain = clean(typed)
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        if tenant.observed != TenantState.RUNNING or tenant.staging_of is not None:
            raise Conflict("Solo un Odoo en marcha, y que no sea una copia de pruebas, puede tener dominio propio.")
        if not plan_limits.of(plan_limits.of_tenant(session, tenant_id), "own_domain"):
            raise Conflict("Tu plan no incluye dominio propio. Cambia de plan para usarlo.", code="not_in_plan")
        row = session.get(OwnDomain, tenant_id)
        if row is not None and (row.served or row.verified_at):
            raise Conflict(f"Antes hay que quitar {row.domain}.")
        if row is None:
            row = OwnDomain(tenant_id=tenant_id, domain=domain, proof=secrets.token_hex(16))
        row.domain, row.problem, row.checked_at = domain, None, None
        session.add(row)
        _told(session, tenant, by, "tenant.domain_ask", domain)
        return _view(row, tenant.subdomain)


def check(tenant_id: int, *, by: str) -> DomainView:
    """Looks into DNS; where both records are right, the node is told. Raises NotFound, Conflict, Taken, Unavailable."""
    with database.reading() as session:
        seen = session.get(OwnDomain, tenant_id)
        if seen is None:
            raise NotFound("No hay ningún dominio que comprobar.")
        subdomain = session.get_one(Tenant, tenant_id).subdomain
    problem = _missing(seen, subdomain)
    try:
        with database.transaction() as session:
            return _checked(session, tenant_id, seen.domain, problem, by)
    except IntegrityError as error:
        if "own_domain_verified" not in str(error.orig):
            raise
        raise Taken(f"{seen.domain} ya lo usa otro Odoo. Si es tuyo, escríbenos.") from error


def _missing(row: OwnDomain, subdomain: str) -> str | None:
    """What DNS does not say yet, in a sentence; None where all is well.

    A domain without a label in front cannot be a CNAME: the same addresses do.
    """
    if _sentence(row) not in dns_records.texts(f"{PROOF_LABEL}.{row.domain}"):
        return f"Aún no vemos el registro TXT de {PROOF_LABEL}.{row.domain} con el valor {_sentence(row)}."
    ours = _ours(subdomain)
    if dns_records.alias(row.domain) == ours:
        return None
    here = dns_records.addresses(row.domain)
    if here and here <= dns_records.addresses(ours):
        return None
    return f"Aún no vemos que {row.domain} apunte a {ours}."


def _checked(session: Session, tenant_id: int, domain: str, problem: str | None, by: str) -> DomainView:
    tenant = tenants.locked(session, tenant_id)
    row = session.get(OwnDomain, tenant_id)
    if row is None or row.domain != domain or row.removing:
        raise Conflict("El dominio ha cambiado mientras lo comprobábamos.")
    row.checked_at, row.problem = now(), problem
    if problem is None and row.verified_at is None:
        row.verified_at = now()
        _told(session, tenant, by, "tenant.domain_verified", domain)
    session.add(row)
    if problem is None and row.served != domain:
        _tell_node(session, tenant, row, by)
    database.notify(session, f"tenant:{tenant_id}")
    return _view(row, tenant.subdomain)


def remove(tenant_id: int, *, by: str) -> None:
    """Takes the domain back: at once where it never was served, else when the node has let go. Raises NotFound."""
    with database.transaction() as session:
        tenant = tenants.locked(session, tenant_id)
        row = session.get(OwnDomain, tenant_id)
        if row is None:
            raise NotFound("No hay ningún dominio que quitar.")
        _told(session, tenant, by, "tenant.domain_remove", row.domain)
        if row.verified_at is None and row.served is None:
            session.delete(row)
            return
        if tenant.observed != TenantState.RUNNING:
            raise Conflict("El dominio se puede quitar cuando el Odoo esté en marcha.")
        row.removing = True
        session.add(row)
        _tell_node(session, tenant, row, by)


def _tell_node(session: Session, tenant: Tenant, row: OwnDomain, by: str) -> None:
    domain = "" if row.removing else row.domain
    base_url = address_of(domain) if domain else settings().tenant_url(tenant.subdomain)
    if not jobs.pending(session, tenant, KIND):
        jobs.defer(session, KIND, tenant=tenant, args={"domain": domain, "base_url": base_url}, requested_by=by)


def _told(session: Session, tenant: Tenant, by: str, action: str, domain: str) -> None:
    audit.record(session, actor=by, action=action, target=f"tenant:{tenant.id}", domain=domain)
    database.notify(session, f"tenant:{tenant.id}")


def served(session: Session, tenant: Tenant, args: dict[str, Any]) -> None:
    """The node serves what `args` of a finished job said; where something else is wanted by now, it is told again."""
    row = session.get(OwnDomain, tenant.id)
    if row is None:
        return
    row.served = str(args.get("domain", "")) or None
    wanted = None if row.removing else row.domain
    if row.removing and row.served is None:
        session.delete(row)
        return
    session.add(row)
    if row.served != wanted:
        _tell_node(session, tenant, row, "sistema")


def tell_again(session: Session, tenant: Tenant) -> None:
    """The tenant is on another node now, which does not know of its domain yet."""
    row = session.get(OwnDomain, tenant.id)
    if row is not None and row.served and tenant.observed == TenantState.RUNNING:
        _tell_node(session, tenant, row, "sistema")


def forget(session: Session, tenant: Tenant) -> None:
    """The tenant is at an end, and its domain free for another."""
    row = session.get(OwnDomain, tenant.id)
    if row is not None:
        session.delete(row)


def address(session: Session, tenant: Tenant) -> str:
    """Where the tenant's people go: their own domain where it is served, else ours. Without a trailing slash."""
    domain = session.exec(
        select(OwnDomain.served).where(OwnDomain.tenant_id == tenant.id, col(OwnDomain.served).is_not(None))
    ).first()
    return address_of(domain) if domain else settings().tenant_url(tenant.subdomain)


def address_of(domain: str) -> str:
    """The address of an own domain, without a trailing slash."""
    port = f":{settings().tenant_port}" if settings().tenant_port else ""
    return f"{settings().tenant_scheme}://{domain}{port}"
