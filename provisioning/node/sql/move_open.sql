-- outcome|reason|portal. The database that waits beside takes the tenant's name, still closed; `moved` also when it did so
-- before, `taken` where another has the name, `absent` where there is neither.
\ir payload.sql
select coalesce((select shobj_description(oid, 'pg_database')::jsonb #>> '{alta,restored}' from pg_database
                 where datname = :'subdomain' and shobj_description(oid, 'pg_database') like '%"alta"%'), '') = :'job' as done,
       exists (select from pg_database where datname = :'subdomain') as present,
       exists (select from pg_database where datname = :'scratch'
               and shobj_description(oid, 'pg_database')::jsonb #>> '{alta,state}' = 'restored') as ready \gset
select :'ready' and not :'present' as act \gset
\if :act
begin;
select format('comment on database %I is %L', :'scratch', jsonb_build_object('alta', jsonb_strip_nulls(jsonb_build_object(
    'job', :'job', 'restored', :'job', 'state', 'restoring',
    'then', case when :'payload'::jsonb ->> 'state' = 'suspended' then 'suspended' else 'ready' end,
    'staging_of', nullif(:'payload'::jsonb ->> 'staging_of', ''))))) \gexec
select format('alter database %I rename to %I', :'scratch', :'subdomain') \gexec
commit;
\endif
select case when :'act' or :'done' then 'moved' when :'present' then 'taken' else 'absent' end, :'reason',
       case when :'problem' = '' then :'portal' else '' end;
