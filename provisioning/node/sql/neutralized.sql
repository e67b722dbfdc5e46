-- Notes, in the transaction of the neutralisation, that it is done.
\set step neutralize
\ir marker.sql
\ir done.sql
\echo correo y tareas programadas apagados; nuevo database.uuid y database.secret
