-- Every database with our mark, but for what is being restored or on trial:
-- [{"subdomain", "state", "job", "staging_of", "was"}]. `staging_of`: whose staging copy it is, or null; `was`: the name
-- that an archived one had, or that a passing copy (state snapshot) belongs to.
select coalesce(jsonb_agg(jsonb_build_object(
    'subdomain', datname, 'state', marker #>> '{alta,state}', 'job', marker #>> '{alta,job}',
    'staging_of', marker #>> '{alta,staging_of}', 'was', marker #>> '{alta,was}') order by datname), '[]')
from (
    select datname, shobj_description(oid, 'pg_database')::jsonb as marker from pg_database
    where pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
) as marked
where marker ? 'alta' and not coalesce((marker #> '{alta,scratch}')::boolean, false);
