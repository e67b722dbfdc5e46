-- What stands under this name: FOUND|job that owns it|problem. Ends first what an attempt that was killed left running.
select count(pg_terminate_backend(pid, 5000)) as ended from pg_stat_activity
where application_name = 'alta ' || :'subdomain' and pid <> pg_backend_pid() \gset
\ir payload.sql
with base as (
    select datconnlimit, datallowconn, datistemplate, case
        when pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
        then shobj_description(oid, 'pg_database')::jsonb -> 'alta' end as marker
    from pg_database where datname = :'subdomain'
)
select case
    when not exists (select from base) then 'absent'
    when datconnlimit = -2 then 'leftover' -- PostgreSQL's own sign of a DROP that was cut short
    when datistemplate or not datallowconn then 'taken'
    when marker is null and datconnlimit = 0 then 'unmarked' -- only we make closed databases: cloned, killed, not yet marked
    when marker is null then 'taken'
    when marker ->> 'job' = :'job' and marker ->> 'state' = 'creating' then 'ours'
    when marker ->> 'job' = :'job' then 'ready'
    when marker ->> 'state' = 'creating' and datconnlimit = 0 then 'leftover' -- never opened: nobody's data
    else 'taken' end,
  coalesce(marker ->> 'job', ''),
  case
    when :'problem' <> '' then :'problem'
    when :'payload'::jsonb ->> 'job' is distinct from :'job' then 'El número de trabajo no es el de los datos.'
    when :'verb' = 'create_tenant' and '' in (:'company', :'login', :'base_url')
        then 'Faltan datos: empresa, usuario o dirección.'
    when :'verb' = 'create_tenant' and not exists (select from pg_database where datname = :'template' and datistemplate)
        then 'Falta la plantilla ' || :'template' || ' en este nodo.'
    when :'verb' = 'set_password' and :'password_hash' = '' then 'Falta la contraseña cifrada.'
    else '' end
from (values (1)) as always left join base on true;
