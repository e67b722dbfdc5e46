-- Fails, and leaves it a template, while somebody clones it.
select format('alter database %I is_template false', :'template') \gexec
\set ON_ERROR_STOP off
select format('drop database %I', :'template') \gexec
\set ON_ERROR_STOP on
select format('alter database %I is_template true', datname) from pg_database where datname = :'template' \gexec
select exists (select from pg_database where datname = :'template') as stays \gset
\if :stays
do $$ begin raise exception 'in use'; end $$;
\endif
