-- Opens a suspended database again.
select coalesce((select shobj_description(oid, 'pg_database')::jsonb #>> '{alta,state}' from pg_database
                 where datname = :'subdomain' and shobj_description(oid, 'pg_database') like '%"alta"%'), 'absent') as state \gset
select :'state' = 'suspended' as act \gset
\if :act
begin;
select format('comment on database %I is %L', datname,
              jsonb_set(shobj_description(oid, 'pg_database')::jsonb, '{alta,state}', '"ready"'))
from pg_database where datname = :'subdomain' \gexec
select format('alter database %I connection limit %s', :'subdomain', :connections) \gexec
commit;
\endif
select case :'state' when 'suspended' then 'resumed' when 'ready' then 'already' else 'absent' end;
