-- Room for a new one: what was in the making goes, and an empty database takes its place.
select count(pg_terminate_backend(pid, 5000)) as ended from pg_stat_activity where datname = :'making' \gset
select format('drop database if exists %I with (force)', :'making') \gexec
select format('create database %I template template0 encoding ''UTF8'' lc_collate ''C'' lc_ctype ''C.UTF-8'' owner %I',
              :'making', :'owner') \gexec
