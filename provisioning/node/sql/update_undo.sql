-- Puts SUBDOMAIN.before back in its place where there is one; also opens what was closed before there was one.
select :'subdomain' || '.before' as before,
       exists (select from pg_database where datname = :'subdomain' || '.before') as kept,
       exists (select from pg_database where datname = :'subdomain' || '.before' and datconnlimit <> -2
               and shobj_description(oid, 'pg_database') like '%"snapshot"%') as marked \gset
\if :marked
select format('drop database %I with (force)', datname) from pg_database where datname = :'subdomain' \gexec
begin;
select format('comment on database %I is %L', :'before', shobj_description(oid, 'pg_database')::jsonb -> 'original')
from pg_database where datname = :'before' \gexec
select format('alter database %I allow_connections true connection limit %s', :'before', :connections) \gexec
select format('alter database %I rename to %I', :'before', :'subdomain') \gexec
commit;
\elif :kept
-- Made and not marked, so that nothing was updated yet; or half dropped, after all went well.
select format('drop database %I with (force)', :'before') \gexec
\endif
select format('alter database %I connection limit %s', datname, :connections) from pg_database
where datname = :'subdomain' and datconnlimit = 0 and pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
and shobj_description(oid, 'pg_database')::jsonb #>> '{alta,state}' = 'ready' \gexec
select case when :'marked' then 'undone' else 'nothing' end;
