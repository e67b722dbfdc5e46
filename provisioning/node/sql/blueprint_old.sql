-- Versions of this blueprint that nobody is given any more: all but the newest two.
select datname from (
    select datname, row_number() over (order by marker #>> '{blueprint,built_at}' desc) as age
    from (
        select datname, shobj_description(oid, 'pg_database')::jsonb as marker from pg_database
        where datistemplate and datname like 'bp\_%' and pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
    ) as known where marker #>> '{blueprint,name}' = :'name'
) as ours where age > 2;
