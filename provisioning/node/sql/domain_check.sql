-- May :subdomain have the payload's domain: ours, taken or absent|problem.
\ir payload.sql
with marked as (
    select datname, shobj_description(oid, 'pg_database')::jsonb -> 'alta' as alta from pg_database
    where pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
)
select case
    when not exists (select from marked where datname = :'subdomain' and alta ->> 'state' in ('ready', 'suspended'))
        then 'absent'
    when :'domain' <> '' and exists (select from marked where alta ->> 'domain' = :'domain' and datname <> :'subdomain'
                                          and alta ->> 'state' <> 'archived')
        then 'taken'
    else 'ours' end,
  case when :'problem' <> '' then :'problem' when :'base_url' = '' then 'Falta la dirección.' else '' end;
