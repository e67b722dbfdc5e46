-- After counts.sql: the tables whose records are not as many as the manifest says; nothing when all agree.
\getenv manifest ALTA_MANIFEST
select string_agg(format('%s (%s en la copia, %s restaurados)', coalesce(old.key, new.key), coalesce(old.value, '0'), coalesce(new.value, '0')), ', ')
from jsonb_each_text(:'manifest'::jsonb -> 'records') as old
full join jsonb_each_text(:'counts'::jsonb) as new using (key)
where old.value is distinct from new.value
having count(*) > 0;
