-- Drops what restores of this tenant replaced, and prints their names.
create temporary table replaced as
select datname as name from (
    select datname, case when pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
        then shobj_description(oid, 'pg_database')::jsonb -> 'alta' end as marker from pg_database
) as marked where datname like 'archived-' || :'subdomain' || '-%' and marker -> 'replaced' = 'true';
select name from replaced;
select format('drop database %I with (force)', name) from replaced \gexec
