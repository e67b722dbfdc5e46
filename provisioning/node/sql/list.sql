-- Every database with our mark: [{"subdomain", "state", "job"}].
select coalesce(jsonb_agg(jsonb_build_object(
    'subdomain', datname, 'state', marker #>> '{alta,state}', 'job', marker #>> '{alta,job}') order by datname), '[]')
from (
    select datname, shobj_description(oid, 'pg_database')::jsonb as marker from pg_database
    where pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
) as marked
where marker ? 'alta';
