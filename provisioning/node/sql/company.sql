-- Company, country, currency and language. What the template does not know is left as it is there, and said.
\echo '::step company'
select :'marker'::jsonb -> 'done' ? 'company' as skip \gset
\if :skip
\echo la empresa ya estaba
\else
begin;
select company.id as company_id, company.partner_id as company_partner,
       coalesce((select id from res_country where code = :'country'), 0) as country_id,
       coalesce((select id from res_currency where name = :'currency'), 0) as currency_id,
       coalesce((select code from res_lang where active and code in (:'language', 'es_419', 'es_ES')
                 order by array_position(array[:'language', 'es_419', 'es_ES']::text[], code::text) limit 1), 'en_US') as lang
from res_company company
join ir_model_data data on data.module = 'base' and data.name = 'main_company' and data.res_id = company.id \gset
update res_currency set active = true where id = :currency_id and not active;
update res_company set name = :'company', email = :'login', currency_id = coalesce(nullif(:currency_id, 0), currency_id)
where id = :company_id;
update res_partner set name = :'company', complete_name = :'company', email = :'login', lang = :'lang',
       country_id = coalesce(nullif(:country_id, 0), country_id)
where id = :company_partner;
\set step company
\ir done.sql
commit;
select format('empresa: %s; país %s; moneda %s; idioma %s', :'company',
              case when :country_id = 0 then 'el de la plantilla' else :'country' end,
              case when :currency_id = 0 then 'la de la plantilla' else :'currency' end, :'lang');
\endif
