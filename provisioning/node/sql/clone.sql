-- Clones the template, closed to all but the superuser, and marks the clone as this job's. :found says what is there.
select clock_timestamp() as began, :'found' = 'leftover' as remake, :'found' <> 'unmarked' as make \gset
\if :remake
select format('drop database if exists %I with (force)', :'subdomain') \gexec
\endif
\if :make
select format('create database %I template %I owner %I connection limit 0', :'subdomain', :'template', :'owner') \gexec
\endif
select format('comment on database %I is %L', :'subdomain', jsonb_build_object(
    'alta', jsonb_strip_nulls(jsonb_build_object(
        'job', :'job', 'state', 'creating', 'template', nullif(:'template', :'usual'))),
    'done', '[]'::jsonb)) \gexec
select format(E'\x1b[32mclonada en %s ms (%s)\x1b[0m',
              round(extract(epoch from clock_timestamp() - :'began'::timestamptz) * 1000),
              pg_size_pretty(pg_database_size(:'subdomain')));
