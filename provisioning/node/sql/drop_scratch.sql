-- Drops what this job restored beside or on trial; never a tenant.
select format('drop database %I with (force)', datname) from (
    select datname, case when pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
        then shobj_description(oid, 'pg_database')::jsonb -> 'alta' end as marker from pg_database
) as marked where marker ->> 'job' = :'job' and marker -> 'scratch' = 'true' \gexec
