-- modules that were asked for|problem.
\ir payload.sql
select :'modules', case
    when :'problem' <> '' then :'problem'
    when not exists (select from pg_database where datname = :'subdomain'
                     and pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
                     and shobj_description(oid, 'pg_database')::jsonb #>> '{alta,state}' = 'ready')
        then 'No hay una instancia ' || :'subdomain' || ' en marcha que actualizar.'
    else '' end;
