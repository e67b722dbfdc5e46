-- :marker = what this database's comment says of it, as JSON text. Comments live in a shared catalogue, so one query
-- lists all tenants, and COMMENT is transactional: a step and the note that it is done are one.
select coalesce((
    select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()
), '{}') as marker \gset
