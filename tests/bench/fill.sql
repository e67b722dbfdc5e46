-- A business of :tenants customers in an empty database; `fill.py` runs it statement by statement.
-- Ages are spread over a thousand days, newest last; one in fifty is past due, one in a hundred suspended.

insert into plan (code, name, summary, features, position, visible, highlighted, staging_copies, limits, created_at)
    select code, name, '', '[]', position, true, false, 1, '{}', now()
    from (values ('basico', 'Básico', 0), ('pyme', 'Pyme', 1), ('empresa', 'Empresa', 2)) as plans(code, name, position);

insert into price (plan_id, currency, interval, amount_cents, lookup_key, active, created_at)
    select id, 'USD', every, 2900 * (position + 1) * factor, code || '_' || every, true, now()
    from plan, (values ('month', 1), ('year', 10)) as periods(every, factor);

insert into node (name, host, port, username, key_file, known_host, container, http_url, capacity, region,
    concurrency, state, breaker, misses, good_probes, odoo, reachable, health, checked_at, created_at)
    select 'nodo-' || n, '10.0.0.' || n, 22, 'root', 'node_key', '', 100 + n, 'http://10.0.0.' || n, :tenants, '',
    8, 'open', 'closed', 0, 0, '19.0', true, '{"load": [0.2, 0.3, 0.2]}', now(), now() from generate_series(1, 4) as n;

insert into customer (company, full_name, email, country, stripe_customer_id, created_at)
    select 'Empresa ' || md5(n::text) || ' S.R.L.', 'Persona ' || n, 'persona' || n || '@correo' || n % 900 || '.example',
    (array['DO','MX','CO','ES','PE'])[1 + n % 5], 'cus_' || md5(n::text),
    now() - (:tenants - n) * (interval '1000 days' / :tenants)
    from generate_series(1, :tenants) as n;

insert into tenant (customer_id, node_id, subdomain, desired, observed, suspend_reasons, language, currency,
    requested_at, ready_at, created_at)
    select id, 1 + id % 4, 'e' || id || '-' || left(md5(id::text), 12), case when id % 100 = 0 then 'suspended' else 'running' end,
    case when id % 100 = 0 then 'suspended' when id % 5000 = 1 then 'broken' else 'running' end,
    case when id % 100 = 0 then '["unpaid"]'::jsonb else '[]' end, 'es_ES', 'USD', created_at,
    case when id % 5000 <> 1 then created_at + make_interval(secs => 0.5 + (id % 97) / 100.0) end, created_at
    from customer order by id;

insert into subscription (customer_id, tenant_id, price_id, status, stripe_status, stripe_subscription_id, order_key,
    checkout_attempt, checkout_session_id, current_period_end, cancel_at_period_end, paid_at,
    activated_at, cancelled_at, created_at)
    select customer_id, id, 1 + id % 6, case when id % 50 = 0 then 'past_due' when id % 20 = 3 then 'cancelled' else 'active' end,
    case when id % 50 = 0 then 'past_due' when id % 20 = 3 then 'canceled' else 'active' end, 'sub_' || md5(id::text),
    'order-' || id, 1, 'cs_' || md5(id::text), now() + make_interval(days => (id % 30)::int), false, created_at, created_at,
    case when id % 20 = 3 then now() - make_interval(days => (id % 400)::int) end, created_at
    from tenant order by id;

update subscription as s set amount_cents = p.amount_cents,
    mrr_cents = case when s.status = 'cancelled' then 0 when p.interval = 'year' then (p.amount_cents + 6) / 12 else p.amount_cents end
    from price as p where p.id = s.price_id;

insert into mrr_movement (subscription_id, at, kind, currency, cents)
    select s.id, case kind when 'new' then s.activated_at else s.cancelled_at end, kind, 'USD',
    sign * case when p.interval = 'year' then (p.amount_cents + 6) / 12 else p.amount_cents end
    from subscription as s join price as p on p.id = s.price_id,
    (values ('new', 1), ('churn', -1)) as kinds(kind, sign) where kind = 'new' or s.status = 'cancelled' order by 2;

insert into job (kind, tenant_id, node_id, status, args, requested_by, attempts, result, cancel_requested, log_bytes,
    last_line, created_at, started_at, finished_at, error)
    select 'create_tenant', id, node_id, case when observed = 'broken' then 'failed' else 'succeeded' end, '{}', 'sistema', 1,
    '{}', false, 0, 0, created_at, created_at, created_at + interval '0.8 s',
    case when observed = 'broken' then 'No hay espacio en el nodo.' end
    from tenant order by id;

insert into job_step (job_id, name, position, status, started_at, finished_at)
    select job.id, step.name, step.position, 'done', job.started_at + step.position * interval '0.1 s',
    job.started_at + (step.position + 1) * interval '0.1 s'
    from job, (values ('check_name', 0), ('clone', 1), ('company', 2)) as step(name, position);

insert into stripe_event (stripe_id, type, object_id, livemode, created, payload, outcome, attempts, subscription_id,
    received_at, applied_at)
    select 'evt_' || md5(s.id::text) || kind, (array['checkout.session.completed', 'customer.subscription.updated'])[kind],
    s.stripe_subscription_id, false, s.created_at, jsonb_build_object('id', 'evt_' || s.id, 'filler', repeat('x', 900)),
    case when s.id % 9000 = 7 then 'failed' else 'applied' end, 1, s.id, s.created_at, s.created_at
    from subscription as s, generate_series(1, 2) as kind order by s.id;

insert into audit_entry (at, actor, action, target, details)
    select created_at, 'sistema', 'tenant.requested', 'tenant:' || id, '{}' from tenant order by id;
