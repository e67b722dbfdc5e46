-- Notes that the copy is full. The restored comment of the original is not ours: pg_dump leaves a database's comment out.
\ir marker.sql
\set step copy
begin;
\ir done.sql
commit;
