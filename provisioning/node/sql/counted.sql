-- After counts.sql: a line for people.
select format('%s tablas y %s registros, los mismos que en la copia', count(*), coalesce(sum(value::bigint), 0))
from jsonb_each_text(:'counts'::jsonb);
