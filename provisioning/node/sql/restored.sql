-- The scratch database is whole and counted.
select format('comment on database %I is %L', datname,
              jsonb_set(shobj_description(oid, 'pg_database')::jsonb, '{alta,state}', '"restored"'))
from pg_database where datname = :'scratch' \gexec
