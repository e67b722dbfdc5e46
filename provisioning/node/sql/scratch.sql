-- A new, closed database for what is being restored, marked as scratch of this job.
\getenv manifest ALTA_MANIFEST
select format('drop database if exists %I with (force)', datname) from pg_database
where datname = :'scratch' and (shobj_description(oid, 'pg_database') is null
    or shobj_description(oid, 'pg_database')::jsonb #>> '{alta,job}' = :'job') \gexec
select format('create database %I template template0 owner %I encoding %L locale_provider libc lc_collate %L lc_ctype %L connection limit 0',
    :'scratch', :'owner', :'manifest'::jsonb ->> 'encoding', :'manifest'::jsonb ->> 'collate', :'manifest'::jsonb ->> 'ctype') \gexec
select format('comment on database %I is %L', :'scratch', jsonb_build_object(
    'alta', jsonb_build_object('job', :'job', 'state', 'restoring', 'scratch', true))) \gexec
