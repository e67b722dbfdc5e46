-- The copy is not needed any more.
select format('drop database %I with (force)', datname) from pg_database where datname = :'subdomain' || '.before' \gexec
