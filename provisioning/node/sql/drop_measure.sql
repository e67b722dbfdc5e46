-- Every clone that was made to be timed, also one that a killed measurement left.
select format('drop database if exists %I with (force)', datname) from pg_database
where datname ~ '^alta_measure_[0-9]$' \gexec
