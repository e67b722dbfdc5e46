-- What stands under this name: FOUND|job that owns it|template to clone|why not the first one asked for|problem. Ends
-- first what an attempt that was killed left running.
--
-- The payload's `templates` are names in order of preference; :template is the last resort. One that another version of
-- Odoo made (:odoo, where known) is passed over.
select count(pg_terminate_backend(pid, 5000)) as ended from pg_stat_activity
where application_name = 'alta ' || :'subdomain' and pid <> pg_backend_pid() \gset
\ir payload.sql
with base as (
    select datconnlimit, datallowconn, datistemplate, case
        when pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
        then shobj_description(oid, 'pg_database')::jsonb -> 'alta' end as marker
    from pg_database where datname = :'subdomain'
), asked as (
    select name, place from jsonb_array_elements_text(
        case jsonb_typeof(:'payload'::jsonb -> 'templates') when 'array' then :'payload'::jsonb -> 'templates' else '[]' end
    ) with ordinality as given (name, place)
    union all select :'template', 1000
), usable as (
    select name, place from (
        select name, place, datistemplate and not datallowconn as closed, case
            when pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
            then shobj_description(oid, 'pg_database')::jsonb #>> '{blueprint,odoo}' end as made_by
        from asked join pg_database on datname = name
    ) as there
    where closed and (name = :'template' or (name ~ '^bp_[a-z0-9_]+$' and (:'odoo' = '' or made_by = :'odoo')))
), chosen as (
    -- A clone that was begun goes on with the template that it was made from: its files are there.
    select coalesce(
        (select name from base join usable on name = marker ->> 'template'
         where marker ->> 'job' = :'job' and marker ->> 'state' = 'creating'),
        (select name from usable order by place limit 1), :'template'
    ) as name
)
select case
    when not exists (select from base) then 'absent'
    when datconnlimit = -2 then 'leftover' -- PostgreSQL's own sign of a DROP that was cut short
    when datistemplate or not datallowconn then 'taken'
    -- Only we make closed databases: cloned, killed, not yet marked. Of several templates nobody knows which it was.
    when marker is null and datconnlimit = 0 and (select count(*) from asked) > 1 then 'leftover'
    when marker is null and datconnlimit = 0 then 'unmarked'
    when marker is null then 'taken'
    when marker ->> 'job' = :'job' and marker ->> 'state' = 'creating'
        and marker ->> 'template' not in (select name from usable) then 'leftover' -- its template has gone, with the files
    when marker ->> 'job' = :'job' and marker ->> 'state' = 'creating' then 'ours'
    when marker ->> 'job' = :'job' then 'ready'
    when marker ->> 'state' = 'creating' and datconnlimit = 0 then 'leftover' -- never opened: nobody's data
    else 'taken' end,
  coalesce(marker ->> 'job', ''),
  chosen.name,
  case when chosen.name <> first.name
    then 'la plantilla ' || first.name || ' no está en este nodo, o es de otra versión de Odoo; se usa ' || chosen.name
    else '' end,
  case
    when :'problem' <> '' then :'problem'
    when :'payload'::jsonb ->> 'job' is distinct from :'job' then 'El número de trabajo no es el de los datos.'
    when :'verb' = 'create_tenant' and '' in (:'company', :'login', :'base_url')
        then 'Faltan datos: empresa, usuario o dirección.'
    when :'verb' = 'create_tenant' and not exists (select from usable)
        then 'Falta la plantilla ' || :'template' || ' en este nodo.'
    when :'verb' = 'set_password' and :'password_hash' = '' then 'Falta la contraseña cifrada.'
    else '' end
from chosen cross join (select name from asked order by place limit 1) as first left join base on true;
