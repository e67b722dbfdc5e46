-- The address, and the opening: from this commit on Odoo may connect.
\echo '::step address'
begin;
insert into ir_config_parameter as parameter (key, value, create_uid, create_date, write_uid, write_date)
select key, value, 1, now() at time zone 'UTC', 1, now() at time zone 'UTC'
from (values ('web.base.url', :'base_url'), ('web.base.url.freeze', 'True')) as address (key, value)
on conflict (key) do update set value = excluded.value, write_date = excluded.write_date;
\set step address
\ir done.sql
select format('comment on database %I is %L', current_database(),
              jsonb_set(:'marker'::jsonb, '{alta,state}', '"ready"')) \gexec
select format('alter database %I connection limit %s', current_database(), :connections) \gexec
commit;
select format('web.base.url fijada a %s', :'base_url');
