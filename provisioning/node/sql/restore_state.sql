-- How far a restore has come: foreign, swapped (in place, perhaps not open), restored (beside, whole), or none.
with base as (
    select datname, case when pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
        then shobj_description(oid, 'pg_database')::jsonb -> 'alta' end as marker
    from pg_database where datname in (:'subdomain', :'scratch')
)
select case
    when exists (select from base where datname = :'subdomain' and marker is null) then 'foreign'
    when exists (select from base where datname = :'subdomain' and marker ->> 'restored' = :'job') then 'swapped'
    when exists (select from base where datname = :'scratch' and marker ->> 'state' = 'restored') then 'restored'
    else 'none' end;
