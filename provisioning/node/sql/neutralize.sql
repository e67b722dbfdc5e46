-- Before Odoo's own statements, or in their place: what sends, fetches or runs by itself is off, and a new identity.
do $$
begin
    if to_regclass('ir_cron') is not null then
        update ir_cron set active = false where id not in (
            select res_id from ir_model_data where model = 'ir.cron' and name = 'autovacuum_job' and res_id is not null);
    end if;
    if to_regclass('ir_mail_server') is not null then
        update ir_mail_server set active = false;
    end if;
    if to_regclass('fetchmail_server') is not null then
        update fetchmail_server set active = false;
    end if;
    if to_regclass('mail_mail') is not null then
        update mail_mail set state = 'cancel' where state in ('outgoing', 'exception');
    end if;
end $$;
with fresh (key, value) as (values
    ('database.is_neutralized', 'true'),
    ('database.uuid', gen_random_uuid()::text),
    ('database.secret', gen_random_uuid()::text),
    ('database.create_date', to_char(now() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')))
insert into ir_config_parameter as parameter (key, value, create_uid, create_date, write_uid, write_date)
select key, value, 1, now() at time zone 'UTC', 1, now() at time zone 'UTC' from fresh
on conflict (key) do update set value = excluded.value, write_date = excluded.write_date;
