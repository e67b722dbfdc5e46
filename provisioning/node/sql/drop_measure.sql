select format('drop database if exists %I with (force)', :'name') from pg_database where datname = :'name' \gexec
