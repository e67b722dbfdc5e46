-- FOUND|modules|languages|problem: is this version made already, and what shall it have.
\ir payload.sql
select case when exists (select from pg_database where datname = :'template' and datistemplate) then 'made' else 'absent' end,
       :'modules', languages, case
    when :'problem' <> '' then :'problem'
    when :'payload'::jsonb ->> 'job' is distinct from :'job' then 'El número de trabajo no es el de los datos.'
    when :'modules' = '' then 'Faltan los módulos.'
    when languages !~ '^[a-z]{2,3}(_[A-Za-z0-9@]{2,12})?(,[a-z]{2,3}(_[A-Za-z0-9@]{2,12})?)*$' then 'Idiomas no válidos.'
    else '' end
from (values (coalesce(:'payload'::jsonb ->> 'languages', ''))) as given (languages);
