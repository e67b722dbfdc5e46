-- What must differ between two clones of one template.
select :'marker'::jsonb -> 'done' ? 'identity' as skip \gset
\if :skip
\else
begin;
with fresh (key, value) as (values
    ('database.uuid', gen_random_uuid()::text),
    ('database.secret', gen_random_uuid()::text),
    ('database.create_date', to_char(now() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')))
insert into ir_config_parameter as parameter (key, value, create_uid, create_date, write_uid, write_date)
select key, value, 1, now() at time zone 'UTC', 1, now() at time zone 'UTC' from fresh
on conflict (key) do update set value = excluded.value, write_date = excluded.write_date;
\set step identity
\ir done.sql
commit;
\echo nuevo database.uuid y database.secret
\endif
