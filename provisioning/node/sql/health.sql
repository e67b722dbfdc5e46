-- The node in one object; the verb measures what PostgreSQL cannot see.
select jsonb_build_object(
    'version', :'version', 'load', :'load'::jsonb,
    'memory_total', :'memory_total'::bigint, 'memory_free', :'memory_free'::bigint,
    'disk_total', :'disk_total'::bigint, 'disk_free', :'disk_free'::bigint,
    'postgresql', current_setting('server_version'),
    'template', :'template',
    'access_keys', array_to_json(string_to_array(:'access_keys', ',')),
    'template_ready', exists (select from pg_database where datname = :'template' and datistemplate and not datallowconn),
    'tenants', (select count(*) from pg_database where not datistemplate and datallowconn
                and shobj_description(oid, 'pg_database') like '%"alta"%'));
