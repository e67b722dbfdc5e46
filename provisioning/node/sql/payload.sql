-- The payload's values as psql variables, and :problem (a sentence, or empty). Control characters become spaces: a name
-- with a line break must not be able to write lines of its own into the log.
\getenv payload ALTA_PAYLOAD
select pg_input_is_valid(:'payload', 'jsonb') as readable \gset
\if :readable
select case jsonb_typeof(:'payload'::jsonb) when 'object' then :'payload' else '{"broken": true}' end as payload \gset
\else
\set payload '{"broken": true}'
\endif
with given as (
    select key, regexp_replace(btrim(value), '[\u0001-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+', ' ', 'g') as value
    from jsonb_each_text(:'payload'::jsonb)
), wide as (
    select coalesce(max(value) filter (where key = 'company'), '') as company,
           coalesce(max(value) filter (where key = 'login'), '') as login,
           coalesce(max(value) filter (where key = 'password_hash'), '') as password_hash,
           coalesce(max(value) filter (where key = 'language'), '') as language,
           coalesce(max(value) filter (where key = 'country'), '') as country,
           coalesce(max(value) filter (where key = 'currency'), '') as currency,
           coalesce(max(value) filter (where key = 'base_url'), '') as base_url,
           coalesce(max(value) filter (where key = 'to'), '') as "to",
           coalesce(max(value) filter (where key = 'domain'), '') as domain,
           coalesce(max(value) filter (where key = 'portal'), '') as portal,
           coalesce(max(value) filter (where key = 'reason'), '') as reason,
           coalesce(max(value) filter (where key = 'modules'), '') as modules
    from given
)
select *, case
    when :'payload'::jsonb ? 'broken' then 'Los datos de entrada no son JSON válido.'
    when length(company) > 200 or length(login) > 200 then 'El nombre de la empresa o el usuario son demasiado largos.'
    -- Never a plain password: Odoo would accept one, and keep it so.
    when password_hash !~ '^(\$pbkdf2-sha512\$[0-9]{1,8}\$[./A-Za-z0-9]{8,}\$[./A-Za-z0-9]{86})?$'
        then 'La contraseña no viene cifrada como Odoo la guarda.'
    when language !~ '^([a-z]{2,3}(_[A-Za-z0-9@]{2,12})?)?$' then 'Idioma no válido.'
    when country !~ '^([A-Z]{2})?$' then 'País no válido.'
    when currency !~ '^([A-Z]{3})?$' then 'Moneda no válida.'
    when base_url !~ '^(https?://[a-z0-9.:-]+)?$' then 'Dirección no válida.'
    when "to" !~ '^([a-z][a-z0-9-]{1,29}[a-z0-9])?$' or "to" like '%--%' then 'Nombre de la copia no válido.'
    when length(domain) > 253 or domain !~ '^(([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?)?$'
        then 'Dominio no válido.'
    when portal !~ '^(https?://[A-Za-z0-9./:_-]+)?$' then 'Dirección del portal no válida.'
    when reason !~ '^[a-z]{0,20}$' then 'Motivo no válido.'
    when modules !~ '^([a-z0-9_]+(,[a-z0-9_]+)*)?$' or length(modules) > 4000 then 'Módulos no válidos.'
    else '' end as problem
from wide \gset
