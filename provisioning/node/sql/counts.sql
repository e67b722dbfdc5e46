-- :counts = how many records each table of this database has, as a JSON object.
select coalesce(string_agg(format('select %L as name, count(*) as many from %I.%I', relname, nspname, relname), ' union all '),
                'select null::text as name, null::bigint as many where false') as counting
from pg_class join pg_namespace on pg_namespace.oid = relnamespace
where relkind in ('r', 'p') and not relispartition and nspname = 'public' \gset
select coalesce(jsonb_object_agg(name, many), '{}') as counts from (:counting) as counted \gset
