-- The owner's login. Without a hash the password is empty, with which Odoo lets nobody in.
\echo '::step login'
select :'marker'::jsonb -> 'done' ? 'login' as skip \gset
\if :skip
\echo el usuario ya estaba
\else
begin;
update res_users set login = :'login', password = nullif(:'password_hash', '')
from ir_model_data data
where data.module = 'base' and data.name = 'user_admin' and data.res_id = res_users.id;
update res_partner set email = :'login', lang = company_partner.lang, country_id = company_partner.country_id
from res_users owner
join ir_model_data data on data.module = 'base' and data.name = 'user_admin' and data.res_id = owner.id
join res_company company on company.id = owner.company_id
join res_partner company_partner on company_partner.id = company.partner_id
where res_partner.id = owner.partner_id;
\set step login
\ir done.sql
commit;
select format(E'usuario %s, contraseña \x1b[33m%s\x1b[0m', :'login',
              case when :'password_hash' = '' then '[sin definir]' else '[oculta]' end);
\endif
