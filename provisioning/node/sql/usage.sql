-- What one tenant occupies, in bytes, its active people (portal and public users share the flag `share`), when one of
-- them last came in, and whether our addon is there.
select jsonb_build_object(
    'database_bytes', pg_database_size(current_database()), 'files_bytes', :'files'::bigint,
    'users', (select count(*) from res_users where active and not share and id > 1),
    'last_login', (select to_char(max(create_date), 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"') from res_users_log
                   where create_uid > 1),
    'one_click', exists (select from ir_module_module where name = 'alta_access' and state = 'installed'));
