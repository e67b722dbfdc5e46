-- Back to the state that the tenant had: open, or still suspended. Prints it.
select shobj_description(oid, 'pg_database')::jsonb as marker from pg_database where datname = :'subdomain' \gset
select case when :'marker'::jsonb #>> '{alta,state}' = 'restoring' then
    case when :'marker'::jsonb #>> '{alta,then}' = 'suspended' then 'suspended' else 'ready' end
    else :'marker'::jsonb #>> '{alta,state}' end as state \gset
begin;
select format('comment on database %I is %L', :'subdomain',
    jsonb_set(:'marker'::jsonb #- '{alta,then}', '{alta,state}', to_jsonb(:'state'::text))) \gexec
select format('alter database %I connection limit %s', :'subdomain', case :'state' when 'ready' then :connections else 0 end) \gexec
commit;
select :'state';
