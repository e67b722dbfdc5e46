-- The node in one object; the verb measures what PostgreSQL cannot see.
select jsonb_build_object(
    'version', :'version', 'kit', :'kit', 'cpus', :'cpus'::int, 'load', :'load'::jsonb,
    'memory_total', :'memory_total'::bigint, 'memory_free', :'memory_free'::bigint,
    'disk_total', :'disk_total'::bigint, 'disk_free', :'disk_free'::bigint,
    'postgresql', current_setting('server_version'),
    'template', :'template',
    'odoo', :'odoo',
    'blueprints', (select coalesce(jsonb_agg(marker order by datname), '[]') from (
        select datname, shobj_description(oid, 'pg_database')::jsonb -> 'blueprint' || jsonb_build_object(
            'template', datname) as marker
        from pg_database where datistemplate and not datallowconn and datname like 'bp\_%'
        and pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')) as known),
    'access_keys', array_to_json(string_to_array(:'access_keys', ',')),
    'template_ready', exists (select from pg_database where datname = :'template' and datistemplate and not datallowconn),
    'tenants', (select count(*) from pg_database where not datistemplate and datallowconn
                and shobj_description(oid, 'pg_database') like '%"alta"%'));
