-- Opens a restored copy for the time of its proof.
begin;
select format('comment on database %I is %L', :'scratch', jsonb_build_object(
    'alta', jsonb_build_object('job', :'job', 'state', 'ready', 'scratch', true))) \gexec
select format('alter database %I connection limit %s', :'scratch', :connections) \gexec
commit;
