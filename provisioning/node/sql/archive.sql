-- Renames the database to :kept and shuts it. Each statement is one step forward, so it may be killed between any two.
select exists (select from pg_database where datname = :'kept') as already,
       exists (select from pg_database where datname = :'subdomain') as present,
       exists (select from pg_database where datname = :'subdomain'
               and shobj_description(oid, 'pg_database') like '%"alta"%') as ours \gset
select :'ours' and not :'already' as act \gset
\if :act
begin;
select format('comment on database %I is %L', datname, jsonb_set(
    shobj_description(oid, 'pg_database')::jsonb, '{alta}', (shobj_description(oid, 'pg_database')::jsonb -> 'alta')
    || jsonb_build_object('state', 'archived', 'was', :'subdomain')))
from pg_database where datname = :'subdomain' \gexec
select format('alter database %I connection limit 0', :'subdomain') \gexec
commit;
select count(pg_terminate_backend(pid, 5000)) as ended from pg_stat_activity
where datname = :'subdomain' and pid <> pg_backend_pid() \gset
select format('alter database %I rename to %I', :'subdomain', :'kept') \gexec
\endif
select format('alter database %I allow_connections false', :'kept')
where exists (select from pg_database where datname = :'kept') \gexec
select case when :'act' then 'archived' when :'already' then 'already' when :'present' then 'foreign' else 'absent' end;
