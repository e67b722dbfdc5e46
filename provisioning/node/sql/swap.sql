-- The restored database takes the tenant's name, still closed; what had it is kept under :kept, shut. Does nothing when
-- that was done before. Both names change in one transaction, so there is never none and never two.
select exists (select from pg_database where datname = :'scratch') as act \gset
\if :act
select format('alter database %I connection limit 0', :'subdomain')
where exists (select from pg_database where datname = :'subdomain') \gexec
select count(pg_terminate_backend(pid, 5000)) as ended from pg_stat_activity
where datname in (:'subdomain', :'scratch') and pid <> pg_backend_pid() \gset
select coalesce((select shobj_description(oid, 'pg_database')::jsonb from pg_database where datname = :'subdomain'),
    jsonb_build_object('alta', jsonb_build_object('job', :'job', 'state', 'ready'))) as marker \gset
begin;
select format('comment on database %I is %L', :'subdomain', jsonb_set(
    :'marker'::jsonb, '{alta}', :'marker'::jsonb -> 'alta' || jsonb_build_object(
        'state', 'archived', 'replaced', true, 'was', :'subdomain')))
where exists (select from pg_database where datname = :'subdomain') \gexec
select format('alter database %I rename to %I', :'subdomain', :'kept')
where exists (select from pg_database where datname = :'subdomain') \gexec
select format('alter database %I rename to %I', :'scratch', :'subdomain') \gexec
select format('comment on database %I is %L', :'subdomain', jsonb_set(
    :'marker'::jsonb, '{alta}', :'marker'::jsonb -> 'alta' || jsonb_build_object(
        'state', 'restoring', 'restored', :'job', 'then', coalesce(:'marker'::jsonb #>> '{alta,then}', :'marker'::jsonb #>> '{alta,state}')))) \gexec
commit;
\endif
select format('alter database %I allow_connections false', :'kept')
where exists (select from pg_database where datname = :'kept') \gexec
