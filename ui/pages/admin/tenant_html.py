"""The parts of a tenant's page as HTML, each written again only when it changed."""

from html import escape

from domain.formats import country_name, day, money
from domain.reports.tenant_detail import Moment, Money, TenantDetail
from domain.tenants import NAME_KEPT
from ui.components.problem import problem_html
from ui.pages.admin import words


def trouble(detail: TenantDetail) -> str:
    """Who wishes it gone, and why it is broken or suspended; nothing when all is well."""
    return _wish(detail) + _fault(detail)


def _wish(detail: TenantDetail) -> str:
    kin = detail.kin
    if kin.deletion_asked_at is None or detail.row.observed == "deleted":
        return ""
    then = "Confírmalo con «Borrar para siempre»." if detail.row.observed == "archived" else "Primero hay que archivar."
    who = f"{kin.deletion_asked_by} lo pidió el {words.exactly(kin.deletion_asked_at)}."
    return problem_html("Hay que borrar este Odoo.", f"{who} {then}", tone="warn")


def _fault(detail: TenantDetail) -> str:
    row = detail.row
    if row.observed == "broken":
        return problem_html("Tiene un fallo.", detail.broken_reason or "No se sabe por qué.", reference=f"I-{row.id}")
    if detail.suspend_reasons:
        why = ", ".join(words.REASONS.get(reason, reason) for reason in detail.suspend_reasons)
        return problem_html(
            "Suspensión pedida." if row.observed == "running" else "Suspendida.", f"Por {why}.", tone="warn"
        )
    return ""


def cards(detail: TenantDetail) -> str:
    """What it is, and who pays."""
    return f'<div class="cols-2">{_what(detail)}{_who(detail)}</div>'


def _what(detail: TenantDetail) -> str:
    row = detail.row
    pairs = [
        ("Dirección", words.out(f"{row.url}/web/login", row.url.split("://", 1)[1])),
        ("Observado", words.badge(row.observed, "tenant")),
        ("Deseado", words.badge(row.desired, "tenant")),
        ("Nodo", escape(row.node or "–")),
        ("Idioma y moneda", escape(f"{detail.language}, {detail.currency}")),
        ("Pedida", words.exactly(detail.requested_at)),
        ("Lista", words.exactly(detail.ready_at)),
        ("Lista en", words.took(row)),
        *_kin(detail),
    ]
    return f'<section class="card stack" aria-label="Instancia"><h2>Instancia</h2>{words.facts(pairs)}</section>'


def _kin(detail: TenantDetail) -> list[tuple[str, str]]:
    kin = detail.kin
    pairs = []
    if kin.staging_of is not None:
        pairs.append(("Copia de pruebas de", _tenant_link(*kin.staging_of)))
    if kin.copies:
        copies = (f"{_tenant_link(number, name)} {words.badge(state, 'tenant')}" for number, name, state in kin.copies)
        pairs.append(("Copias de pruebas", " ".join(copies)))
    if kin.archived_at is not None:
        pairs.append(("Archivada", words.exactly(kin.archived_at)))
        free = "libre" if kin.released_at else f"libre desde el {day(kin.archived_at + NAME_KEPT)}"
        pairs.append(("El nombre", free))
    return pairs


def _tenant_link(number: int, subdomain: str) -> str:
    return f'<a href="/admin/tenants/{number}">{escape(subdomain)}</a>'


def _who(detail: TenantDetail) -> str:
    row, owner = detail.row, detail.owner
    pairs = [
        ("Empresa", escape(row.company)),
        ("Persona", escape(owner.full_name)),
        ("Correo", escape(owner.email)),
        ("País", escape(country_name(row.country))),
        ("Id. fiscal", escape(owner.tax_id or "–")),
        ("Entra como", escape(owner.login or "–")),
        ("Última entrada", words.when(owner.last_login_at)),
    ]
    pay = words.facts(_money(detail.money, row.country)) if detail.money else '<p class="muted">Sin suscripción.</p>'
    return (
        f'<section class="card stack" aria-label="Cliente y cobro"><h2>Cliente</h2>{words.facts(pairs)}'
        f"<h2>Suscripción</h2>{pay}</section>"
    )


def _money(paid: Money, country: str) -> list[tuple[str, str]]:
    every = "al año" if paid.interval == "year" else "al mes"
    word = f' <span class="muted">({escape(paid.stripe_status)})</span>' if paid.stripe_status else ""
    ends = "No se renueva; termina el" if paid.cancel_at_period_end else "Próximo cobro"
    pairs = [
        ("Plan", escape(f"{paid.plan}, {money(paid.amount_cents, paid.currency, country)} {every}")),
        ("Estado", words.badge(paid.status, "subscription") + word),
    ]
    if paid.by_hand:
        return [*pairs, ("Cobro", "Ninguno: se creó a mano, sin Stripe")]
    return [
        *pairs,
        (ends, day(paid.current_period_end, country) if paid.current_period_end else "–"),
        ("En Stripe", _in_stripe("subscriptions", paid.stripe_subscription_id, "Suscripción")),
        ("Cliente en Stripe", _in_stripe("customers", paid.stripe_customer_id, "Cliente")),
    ]


def _in_stripe(kind: str, name: str | None, noun: str) -> str:
    return words.out(words.stripe_page(kind, name), name) if name else f"{noun} aún sin crear"


def jobs(detail: TenantDetail) -> str:
    """Its jobs, newest first."""
    if not detail.jobs:
        return ""
    body = "".join(
        f'<tr><td><a class="strong" href="/admin/jobs/{job.id}">{escape(job.title)}</a></td>'
        f"<td>{words.badge(job.status, 'job')}</td>"
        f'<td class="hide-s">{escape(job.error or job.waiting_reason or "")}</td>'
        f'<td class="r hide-s">{words.when(job.created_at)}</td><td class="r">{words.lasted(job.seconds)}</td></tr>'
        for job in detail.jobs
    )
    head = (
        '<tr><th>Trabajo</th><th>Estado</th><th class="hide-s">Nota</th><th class="r hide-s">Pedido</th>'
        '<th class="r">Duración</th></tr>'
    )
    return (
        '<div class="card tablecard"><table class="num"><caption class="out">Trabajos de esta instancia</caption>'
        f"<thead>{head}</thead><tbody>{body}</tbody></table></div>"
    )


def timeline(detail: TenantDetail) -> str:
    """What happened, newest first: acts of people, jobs, Stripe's events."""
    lines = "".join(_moment(one) for one in detail.timeline)
    inside = f'<ol class="plain-list timeline">{lines}</ol>' if lines else '<p class="muted">Aún no ha pasado nada.</p>'
    return f'<section class="card stack" aria-label="Historia"><h2>Historia</h2>{inside}</section>'


def _moment(one: Moment) -> str:
    what = f'<a href="{one.link}">{escape(one.words)}</a>' if one.link else escape(one.words)
    badge = words.badge(one.state, "job" if one.kind == "job" else "event") if one.state else ""
    who = f'<span class="muted small">{escape(one.who)}</span>' if one.who else ""
    return (
        f'<li class="row between wrapping"><span class="row wrapping">{what}{badge}{who}</span>'
        f'<time class="small muted num">{words.exactly(one.at)}</time></li>'
    )


PARTS = [trouble, cards, jobs, timeline]
