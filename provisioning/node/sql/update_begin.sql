-- SUBDOMAIN.before, a copy that nobody can open; its comment keeps the original's. Then Odoo may connect again: its
-- people are kept out by the page, its cron by Odoo itself, which runs none while modules are being updated.
select clock_timestamp() as began, :'subdomain' || '.before' as before \gset
select format('alter database %I connection limit 0', :'subdomain') \gexec
select count(pg_terminate_backend(pid, 5000)) as ended from pg_stat_activity
where datname = :'subdomain' and pid <> pg_backend_pid() \gset
select format('create database %I template %I owner %I connection limit 0 allow_connections false', :'before', datname,
              pg_get_userbyid(datdba)) from pg_database where datname = :'subdomain' \gexec
select format('comment on database %I is %L', :'before', jsonb_build_object('alta', jsonb_build_object(
    'job', :'job', 'state', 'snapshot', 'was', :'subdomain'), 'original', shobj_description(oid, 'pg_database')::jsonb))
from pg_database where datname = :'subdomain' \gexec
select format('alter database %I connection limit %s', :'subdomain', :connections) \gexec
select format('copia de seguridad en %s ms', round(extract(epoch from clock_timestamp() - :'began'::timestamptz) * 1000));
