-- May :subdomain be copied, and what stands under the copy's name: to|FOUND|problem. Ends first what an attempt that
-- was killed left running.
select count(pg_terminate_backend(pid, 5000)) as ended from pg_stat_activity
where application_name = 'alta ' || :'subdomain' and pid <> pg_backend_pid() \gset
\ir payload.sql
with base as (
    select datname, datconnlimit, datallowconn, case
        when pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
        then shobj_description(oid, 'pg_database')::jsonb -> 'alta' end as marker
    from pg_database where not datistemplate
), copy as (select * from base where datname = :'to'), source as (select * from base where datname = :'subdomain')
select :'to', case
    when not exists (select from copy) then 'absent'
    when (select datconnlimit = -2 from copy) then 'leftover'
    when (select marker ->> 'job' = :'job' and marker ->> 'state' = 'creating' from copy) then 'ours'
    when (select marker ->> 'job' = :'job' from copy) then 'ready'
    when (select marker is null and datconnlimit = 0 from copy) then 'leftover' -- created, killed, not yet marked
    when (select marker ->> 'state' = 'creating' and datconnlimit = 0 from copy) then 'leftover'
    else 'taken' end,
  case
    when :'problem' <> '' then :'problem'
    when :'payload'::jsonb ->> 'job' is distinct from :'job' then 'El número de trabajo no es el de los datos.'
    when '' in (:'to', :'base_url') then 'Faltan datos: nombre o dirección de la copia.'
    when :'to' = :'subdomain' then 'La copia no puede llamarse como el original.'
    when not exists (select from source where marker ->> 'state' in ('ready', 'suspended') and datallowconn)
        then 'No hay una instancia ' || :'subdomain' || ' que copiar.'
    else '' end;
