-- ready, suspended, another state of ours, foreign (without our mark), or absent.
select coalesce((
    select case when shobj_description(oid, 'pg_database') like '%"alta"%'
                then shobj_description(oid, 'pg_database')::jsonb #>> '{alta,state}' else 'foreign' end
    from pg_database where datname = :'subdomain'), 'absent');
