-- Ends what PostgreSQL still does for a client that was killed.
select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where application_name = 'alta ' || :'subdomain';
