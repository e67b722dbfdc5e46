-- What one tenant occupies, in bytes, and its active people (portal and public users share the flag `share`).
select jsonb_build_object(
    'database_bytes', pg_database_size(current_database()), 'files_bytes', :'files'::bigint,
    'users', (select count(*) from res_users where active and not share and id > 1));
