-- One line an own domain, as nginx's map wants it: "erp.example.com panaderia-sol;". Only what its grammar lets through.
select format('%s %s;', alta ->> 'domain', datname)
from (
    select datname, shobj_description(oid, 'pg_database')::jsonb -> 'alta' as alta from pg_database
    where datallowconn and pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
) as marked
where alta ->> 'domain' ~ '^[a-z0-9.-]+$' and datname ~ '^[a-z][a-z0-9-]+$' and alta ->> 'state' <> 'archived'
order by datname;
