-- The tables of Odoo 19 that the node's scripts touch, with the rows they look for. Run as the role that Odoo uses.
create table ir_config_parameter (
    id serial primary key, key varchar not null unique, value text not null,
    create_uid integer, create_date timestamp, write_uid integer, write_date timestamp
);
create table ir_model_data (
    id serial primary key, module varchar not null, name varchar not null, model varchar not null, res_id integer,
    noupdate boolean default false, unique (module, name)
);
create table res_lang (
    id serial primary key, name varchar not null unique, code varchar not null unique, iso_code varchar,
    active boolean default false, direction varchar not null default 'ltr'
);
create table res_currency (
    id serial primary key, name varchar(3) not null unique, full_name varchar, symbol varchar not null,
    rounding numeric default 0.01, active boolean default false
);
create table res_country (
    id serial primary key, name jsonb not null, code varchar(2) not null unique, phone_code integer,
    currency_id integer references res_currency
);
create table res_partner (
    id serial primary key, name varchar, complete_name varchar, company_id integer, lang varchar, tz varchar,
    email varchar, phone varchar, vat varchar, is_company boolean default false, active boolean default true,
    country_id integer references res_country, create_date timestamp default now(), write_date timestamp default now()
);
create index res_partner_complete_name_index on res_partner (complete_name);
create table res_company (
    id serial primary key, name varchar not null unique, partner_id integer not null references res_partner,
    currency_id integer not null references res_currency, email varchar, phone varchar, active boolean default true,
    sequence integer default 10, create_date timestamp default now(), write_date timestamp default now()
);
create table res_users (
    id serial primary key, login varchar not null unique, password varchar, active boolean default true,
    share boolean default false, company_id integer not null references res_company,
    partner_id integer not null references res_partner, notification_type varchar not null default 'email',
    create_date timestamp default now(), write_date timestamp default now()
);
create table res_users_log (
    id serial primary key, create_uid integer, create_date timestamp default now(), write_uid integer,
    write_date timestamp
);
create table ir_module_module (
    id serial primary key, name varchar not null unique, state varchar(16), latest_version varchar
);
create table alta_access_entry (
    id serial primary key, jti varchar not null unique, user_id integer references res_users on delete set null,
    staff varchar, create_uid integer, create_date timestamp, write_uid integer, write_date timestamp
);
create table ir_attachment (
    id serial primary key, name varchar not null, res_model varchar, res_field varchar, res_id integer,
    type varchar not null default 'binary', url varchar, public boolean, store_fname varchar, file_size integer,
    checksum varchar(40), mimetype varchar, create_date timestamp default now()
);
create table ir_cron (
    id serial primary key, cron_name varchar, active boolean default true, interval_number integer default 1,
    interval_type varchar default 'days', nextcall timestamp not null default now()
);
create table ir_mail_server (
    id serial primary key, name varchar not null, smtp_host varchar, smtp_port integer, active boolean default true
);

insert into res_lang (name, code, iso_code, active) values
    ('English (US)', 'en_US', 'en', true), ('Español', 'es_ES', 'es_ES', true),
    ('Español (Latinoamérica)', 'es_419', 'es', true), ('Español (DO)', 'es_DO', 'es_DO', true),
    ('Español (MX)', 'es_MX', 'es_MX', true), ('Español (CO)', 'es_CO', 'es_CO', true),
    ('Español (AR)', 'es_AR', 'es_AR', true), ('Español (CL)', 'es_CL', 'es_CL', true),
    ('Español (PE)', 'es_PE', 'es_PE', true), ('Español (EC)', 'es_EC', 'es_EC', true),
    ('Español (CR)', 'es_CR', 'es_CR', false), ('Español (UY)', 'es_UY', 'es_UY', true);
insert into res_currency (name, full_name, symbol, active) values
    ('USD', 'United States dollar', '$', true), ('EUR', 'Euro', '€', true), ('DOP', 'Dominican peso', 'RD$', false),
    ('MXN', 'Mexican peso', '$', false), ('COP', 'Colombian peso', '$', false), ('ARS', 'Argentine peso', '$', false),
    ('CLP', 'Chilean peso', '$', false), ('PEN', 'Peruvian sol', 'S/', false), ('CRC', 'Costa Rican colón', '₡', false),
    ('UYU', 'Uruguayan peso', '$', false);
insert into res_country (name, code, phone_code, currency_id)
select jsonb_build_object('en_US', english, 'es_ES', spanish), code, phone,
       (select id from res_currency where res_currency.name = money)
from (values
    ('Spain', 'España', 'ES', 34, 'EUR'), ('Dominican Republic', 'República Dominicana', 'DO', 1849, 'DOP'),
    ('Mexico', 'México', 'MX', 52, 'MXN'), ('Colombia', 'Colombia', 'CO', 57, 'COP'),
    ('Argentina', 'Argentina', 'AR', 54, 'ARS'), ('Chile', 'Chile', 'CL', 56, 'CLP'), ('Peru', 'Perú', 'PE', 51, 'PEN'),
    ('Ecuador', 'Ecuador', 'EC', 593, 'USD'), ('Costa Rica', 'Costa Rica', 'CR', 506, 'CRC'),
    ('Uruguay', 'Uruguay', 'UY', 598, 'UYU'), ('United States', 'Estados Unidos', 'US', 1, 'USD')
) as known (english, spanish, code, phone, money);
insert into res_partner (id, name, complete_name, lang, is_company) values
    (1, 'My Company', 'My Company', 'en_US', true), (2, 'System', 'System', 'en_US', false),
    (3, 'Administrator', 'My Company, Administrator', 'en_US', false), (4, 'Public user', 'Public user', 'en_US', false);
insert into res_company (id, name, partner_id, currency_id)
select 1, 'My Company', 1, id from res_currency where name = 'USD';
insert into res_users (id, login, password, active, share, company_id, partner_id) values
    (1, '__system__', null, false, false, 1, 2), (2, 'admin', 'admin', true, false, 1, 3),
    (4, 'public', '', false, true, 1, 4);
insert into ir_model_data (module, name, model, res_id) values
    ('base', 'main_company', 'res.company', 1), ('base', 'main_partner', 'res.partner', 1),
    ('base', 'user_root', 'res.users', 1), ('base', 'user_admin', 'res.users', 2),
    ('base', 'partner_admin', 'res.partner', 3), ('base', 'public_user', 'res.users', 4);
insert into ir_cron (id, cron_name) values (1, 'Base: Auto-vacuum internal data'), (2, 'Mail: Email Queue Manager');
insert into ir_model_data (module, name, model, res_id) values ('base', 'autovacuum_job', 'ir.cron', 1);
insert into ir_mail_server (name, smtp_host, smtp_port) values ('Correo', 'smtp.example.com', 587);
insert into ir_config_parameter (key, value) values
    ('database.uuid', gen_random_uuid()::text), ('database.secret', gen_random_uuid()::text),
    ('database.create_date', now()::timestamp(0)::text), ('web.base.url', 'http://localhost:8069'),
    ('base.login_cooldown_after', '10'), ('base.login_cooldown_duration', '60');
insert into ir_attachment (name, res_model, res_field, res_id, store_fname, file_size, checksum, mimetype)
select 'asset-' || n, 'ir.ui.view', null, 0, substr(sum, 1, 2) || '/' || sum, 400, sum, 'text/css'
from generate_series(1, 214) as n, lateral (select substr(encode(sha256(n::text::bytea), 'hex'), 1, 40) as sum) as digest;
insert into ir_module_module (name, state, latest_version) values
    ('base', 'installed', '19.0.1.3'), ('web', 'installed', '19.0.1.0'), ('alta_access', 'installed', '19.0.1.0.0');
select setval('res_partner_id_seq', 100), setval('res_company_id_seq', 100), setval('res_users_id_seq', 100);
