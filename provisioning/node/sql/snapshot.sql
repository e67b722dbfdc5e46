-- Holds one snapshot open until the session ends, and prints: its name; the manifest; the files that it names; a dot.
begin isolation level repeatable read read only;
select pg_export_snapshot();
\ir counts.sql
select to_regclass('ir_module_module') is not null as modules \gset
\if :modules
select coalesce((select latest_version from ir_module_module where name = 'base'), '') as odoo \gset
select coalesce(jsonb_agg(name order by name), '[]') as installed from ir_module_module where state = 'installed' \gset
\else
\set odoo ''
\set installed '[]'
\endif
select jsonb_build_object(
    'format', 1, 'database', datname, 'taken_at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'odoo', :'odoo', 'modules', :'installed'::jsonb, 'postgresql', current_setting('server_version'),
    'encoding', pg_encoding_to_char(encoding), 'collate', datcollate, 'ctype', datctype, 'records', :'counts'::jsonb)
from pg_database where datname = current_database();
select distinct store_fname from ir_attachment where store_fname ~ '^[0-9a-f]{2}/[0-9a-f]{40,64}$';
select '.';
