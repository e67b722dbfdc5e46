-- outcome|connections ended. Closes the database: a connection limit of 0 keeps Odoo, its cron included, out; the superuser
-- can still look.
select coalesce((select shobj_description(oid, 'pg_database')::jsonb #>> '{alta,state}' from pg_database
                 where datname = :'subdomain' and shobj_description(oid, 'pg_database') like '%"alta"%'), 'absent') as state \gset
select :'state' = 'ready' as act, :'state' = 'suspended' as already \gset
\if :act
begin;
select format('comment on database %I is %L', datname,
              jsonb_set(shobj_description(oid, 'pg_database')::jsonb, '{alta,state}', '"suspended"'))
from pg_database where datname = :'subdomain' \gexec
select format('alter database %I connection limit 0', :'subdomain') \gexec
commit;
\endif
select :'act' or :'already' as closed \gset
\if :closed
-- Also when it was closed already: an attempt may have been killed between the commit and this.
select case when :'act' then 'suspended' else 'already' end, count(pg_terminate_backend(pid, 5000))
from pg_stat_activity where datname = :'subdomain' and pid <> pg_backend_pid();
\else
select 'absent';
\endif
