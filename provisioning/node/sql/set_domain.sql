-- The address in Odoo, and the domain in the database's comment, in one transaction.
begin;
insert into ir_config_parameter as parameter (key, value, create_uid, create_date, write_uid, write_date)
select key, value, 1, now() at time zone 'UTC', 1, now() at time zone 'UTC'
from (values ('web.base.url', :'base_url'), ('web.base.url.freeze', 'True')) as address (key, value)
on conflict (key) do update set value = excluded.value, write_date = excluded.write_date;
select format('comment on database %I is %L', current_database(), case
    when :'domain' = '' then :'marker'::jsonb #- '{alta,domain}'
    else jsonb_set(:'marker'::jsonb, '{alta,domain}', to_jsonb(:'domain'::text)) end) \gexec
commit;
select format('web.base.url fijada a %s', :'base_url');
