"""How each disagreement is found: a query a kind over our rows and what the others said in this round.

Every query gives subject, needs, tenant_id, node_id, facts. Rules that all of them keep:
- what has not answered in this round (`fresh`) proves nothing;
- a tenant with a job that waits, runs or ended since the round began (`busy`) is being changed: the next round tells;
- a subscription that was looked at since the round began (`synced_at`) is newer than Stripe's list.
"""

from sqlalchemy import TextClause, text

_WITH = """
with fresh as (select name, node_id from drift_source where round_id = :round and error is null),
busy as (select tenant_id from job where status in ('queued', 'running') or finished_at > :began),
held as (select * from tenant as t where t.released_at is null and (cast(:tenant as bigint) is null or t.id = :tenant)
    and not exists (select from busy where busy.tenant_id = t.id)),
there as (select d.* from node_database as d join fresh on fresh.name = 'node:' || d.node_id
    where d.round_id = :round and d.state in ('creating', 'ready', 'suspended')),
said as (select said.* from stripe_said as said join fresh on fresh.name = 'stripe' where said.round_id = :round),
mine as (select s.*, c.stripe_customer_id from subscription as s join customer as c on c.id = s.customer_id
    where (cast(:tenant as bigint) is null or s.tenant_id = :tenant)
    and (s.synced_at is null or s.synced_at < :began))
"""

PAID_NOT_THERE = """
select 'subscription:' || mine.id as subject, 'stripe' as needs, t.id as tenant_id, null::bigint as node_id,
    jsonb_build_object('name', t.subdomain, 'case', 'unknown', 'stripe', said.id, 'word', said.status) as facts
from said join mine on mine.id = said.order_id and mine.stripe_customer_id = said.customer_id
join tenant as t on t.id = mine.tenant_id
where said.status in ('active', 'trialing') and mine.activated_at is null
union all
select 'tenant:' || t.id, '', t.id, t.node_id, jsonb_build_object('name', t.subdomain, 'case', 'never_made')
from held as t join subscription as s on s.tenant_id = t.id
where s.status = 'active' and s.activated_at < :began and t.desired = 'running' and t.observed in ('absent', 'creating')
"""

THERE_NOT_PAID = """
select 'subscription:' || mine.id as subject, 'stripe' as needs, t.id as tenant_id, t.node_id,
    jsonb_build_object('name', t.subdomain, 'case', 'unpaid', 'stripe', said.id, 'word', said.status) as facts
from said join mine on mine.stripe_subscription_id = said.id join held as t on t.id = mine.tenant_id
where said.status in ('unpaid', 'paused') and mine.status <> 'cancelled' and not t.suspend_reasons ? 'unpaid'
union all
select 'subscription:' || mine.id, 'stripe', t.id, t.node_id,
    jsonb_build_object('name', t.subdomain, 'case', 'unknown', 'stripe', mine.stripe_subscription_id)
from mine join held as t on t.id = mine.tenant_id
where mine.status in ('active', 'past_due') and mine.activated_at < :began and mine.stripe_subscription_id is not null
    and not t.suspend_reasons ? 'unpaid' and exists (select from fresh where name = 'stripe')
    and not exists (select from said where said.id = mine.stripe_subscription_id)
union all
select 'tenant:' || t.id, 'node:' || there.node_id, t.id, t.node_id,
    jsonb_build_object('name', t.subdomain, 'case', 'open', 'node', n.name)
from held as t join there on there.name = t.subdomain and there.node_id = t.node_id join node as n on n.id = t.node_id
where t.desired = 'suspended' and t.observed in ('running', 'suspended') and there.state = 'ready'
"""

RUNNING_THOUGH_CANCELLED = """
select 'subscription:' || mine.id as subject, 'stripe' as needs, t.id as tenant_id, t.node_id,
    jsonb_build_object('name', t.subdomain, 'case', 'stripe', 'stripe', said.id, 'word', said.status) as facts
from said join mine on mine.stripe_subscription_id = said.id join tenant as t on t.id = mine.tenant_id
where said.status in ('canceled', 'incomplete_expired') and mine.status <> 'cancelled'
union all
select 'tenant:' || t.id, '', t.id, t.node_id, jsonb_build_object('name', t.subdomain, 'case', 'rows')
from held as t
where t.observed in ('running', 'suspended')
    and exists (select from subscription as s where s.tenant_id = t.id and s.status = 'cancelled')
    and not exists (select from subscription as s where s.tenant_id = t.id and s.status <> 'cancelled')
union all
select 'tenant:' || t.id, 'node:' || there.node_id, t.id, t.node_id,
    jsonb_build_object('name', t.subdomain, 'case', 'node', 'node', n.name)
from held as t join there on there.name = t.subdomain and there.node_id = t.node_id and there.ours
join node as n on n.id = t.node_id
where t.observed = 'archived'
"""

SUSPENDED_THOUGH_PAID = """
select 'subscription:' || mine.id as subject, 'stripe' as needs, t.id as tenant_id, t.node_id,
    jsonb_build_object('name', t.subdomain, 'case', 'stripe', 'stripe', said.id, 'word', said.status) as facts
from said join mine on mine.stripe_subscription_id = said.id join held as t on t.id = mine.tenant_id
where said.status in ('active', 'trialing') and mine.activated_at is not null
    and (mine.status = 'past_due' or t.suspend_reasons ? 'unpaid')
union all
select 'tenant:' || t.id, 'node:' || there.node_id, t.id, t.node_id,
    jsonb_build_object('name', t.subdomain, 'case', 'closed', 'node', n.name)
from held as t join there on there.name = t.subdomain and there.node_id = t.node_id join node as n on n.id = t.node_id
where t.desired = 'running' and t.observed in ('running', 'suspended') and there.state = 'suspended'
"""

PAID_TWICE = """
select 'stripe:' || said.id as subject, 'stripe' as needs, t.id as tenant_id, null::bigint as node_id,
    jsonb_build_object('name', t.subdomain, 'stripe', said.id, 'kept', s.stripe_subscription_id) as facts
from said join subscription as s on s.id = said.order_id join customer as c on c.id = s.customer_id
    and c.stripe_customer_id = said.customer_id
join tenant as t on t.id = s.tenant_id
where said.id <> s.stripe_subscription_id and said.status in ('active', 'trialing', 'past_due') and not said.ends
    and (cast(:tenant as bigint) is null or t.id = :tenant)
"""

DATABASE_WITHOUT_ROW = """
select 'database:' || there.node_id || ':' || there.name as subject, 'node:' || there.node_id as needs,
    null::bigint as tenant_id, there.node_id,
    jsonb_build_object('name', there.name, 'node', n.name, 'ours', there.ours, 'held', t.id is not null) as facts
from there join node as n on n.id = there.node_id
left join tenant as t on t.subdomain = there.name and t.released_at is null
where there.known_by is null and (t.id is null or (t.node_id is distinct from there.node_id and not there.ours))
"""

ROW_WITHOUT_DATABASE = """
select 'tenant:' || t.id as subject, 'node:' || t.node_id as needs, t.id as tenant_id, t.node_id,
    jsonb_build_object('name', t.subdomain, 'node', n.name) as facts
from held as t join fresh on fresh.name = 'node:' || t.node_id join node as n on n.id = t.node_id
where t.observed in ('running', 'suspended')
    and not exists (select from there where there.name = t.subdomain and (there.node_id = t.node_id or there.ours))
"""

TWO_DATABASES = """
select 'database:' || other.node_id || ':' || other.name as subject, 'node:' || other.node_id as needs,
    t.id as tenant_id, other.node_id,
    jsonb_build_object('name', t.subdomain, 'node', n.name, 'kept', k.name) as facts
from held as t join there on there.name = t.subdomain and there.node_id = t.node_id
join there as other on other.name = t.subdomain and other.node_id <> t.node_id and other.ours
join node as n on n.id = other.node_id join node as k on k.id = t.node_id
where t.observed in ('running', 'suspended')
"""

WRONG_NODE = """
select 'tenant:' || t.id as subject, 'node:' || coalesce(t.node_id, other.node_id) as needs, t.id as tenant_id,
    other.node_id,
    jsonb_build_object('name', t.subdomain, 'node', n.name, 'row', coalesce(k.name, 'ningún nodo')) as facts
from held as t join there as other on other.name = t.subdomain and other.node_id is distinct from t.node_id
    and other.ours
join node as n on n.id = other.node_id left join node as k on k.id = t.node_id
where t.observed in ('running', 'suspended', 'broken')
    and (t.node_id is null or exists (select from fresh where name = 'node:' || t.node_id))
    and not exists (select from there where there.name = t.subdomain and there.node_id = t.node_id)
    and 1 = (select count(*) from there as one where one.name = t.subdomain and one.ours)
"""

ANSWERS_BADLY = """
select 'tenant:' || t.id as subject, 'web:' || t.node_id as needs, t.id as tenant_id, t.node_id,
    jsonb_build_object('name', t.subdomain, 'node', n.name,
        'answer', case there.answer when 0 then 'no contesta a tiempo' else 'responde ' || there.answer end,
        'case', case when there.state = 'ready' then 'running' else 'suspended' end) as facts
from held as t join there on there.name = t.subdomain and there.node_id = t.node_id
join node as n on n.id = t.node_id join fresh on fresh.name = 'web:' || t.node_id
where (t.desired = 'running' and t.observed = 'running' and there.state = 'ready' and there.answer <> 200)
    or (t.desired = 'suspended' and t.observed = 'suspended' and there.state = 'suspended' and there.answer = 200)
"""

WRONG_KIT = """
select 'node:' || n.id as subject, 'node:' || n.id as needs, null::bigint as tenant_id, n.id as node_id,
    jsonb_build_object('name', n.name, 'version', coalesce(n.health ->> 'version', '?')) as facts
from node as n join fresh on fresh.name = 'node:' || n.id
where n.reachable and n.state not in ('joining', 'removed') and n.health ->> 'kit_ok' = 'false'
    and not exists (select from job where job.node_id = n.id and job.kind = 'join_node'
        and (job.status in ('queued', 'running') or job.finished_at > :began))
"""


def query(body: str) -> TextClause:
    """The whole statement. Parameters: round, began (its beginning) and tenant (None: everything)."""
    return text(_WITH + body)
