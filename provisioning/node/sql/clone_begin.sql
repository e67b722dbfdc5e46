-- An empty database for the copy, closed and marked as this job's; says `copied` where it is full already. One that was
-- not noted as full is made anew.
select coalesce((
    select case when pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
        then shobj_description(oid, 'pg_database')::jsonb -> 'done' ? 'copy'
             and shobj_description(oid, 'pg_database')::jsonb #>> '{alta,job}' = :'job' end
    from pg_database where datname = :'to'), false) as copied \gset
\if :copied
select 'copied';
\else
select format('drop database %I with (force)', datname) from pg_database where datname = :'to' \gexec
select format('create database %I template template0 owner %I connection limit 0 encoding %L lc_collate %L lc_ctype %L',
              :'to', :'owner', pg_encoding_to_char(encoding), datcollate, datctype)
from pg_database where datname = :'subdomain' \gexec
select format('comment on database %I is %L', :'to', jsonb_build_object(
    'alta', jsonb_build_object('job', :'job', 'state', 'creating', 'staging_of', :'subdomain'), 'done', '[]'::jsonb)) \gexec
select 'empty';
\endif
