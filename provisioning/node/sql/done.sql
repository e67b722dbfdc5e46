-- Notes, inside the caller's transaction, that :step is done.
select format('comment on database %I is %L', current_database(),
              jsonb_set(:'marker'::jsonb, '{done}', :'marker'::jsonb -> 'done' || to_jsonb(:'step'::text))) \gexec
\ir marker.sql
