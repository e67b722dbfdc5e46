-- Name, note and closing in one commit: a template is whole, or it is none.
select count(pg_terminate_backend(pid, 5000)) as ended from pg_stat_activity where datname = :'making' \gset
\ir payload.sql
begin;
select format('alter database %I rename to %I', :'making', :'template') \gexec
select format('comment on database %I is %L', :'template', jsonb_build_object('blueprint', jsonb_build_object(
    'name', :'name', 'job', :'job', 'odoo', :'odoo', 'modules', :'modules', 'country', :'country',
    'languages', :'payload'::jsonb ->> 'languages', 'built_at', now()))) \gexec
select format('alter database %I is_template true allow_connections false', :'template') \gexec
commit;
