-- Drops :name if, and only if, it carries our mark as archived. Says deleted, absent or refused.
select exists (select from pg_database where datname = :'name') as present,
       exists (select from pg_database where datname = :'name' and not datistemplate and :'name' like 'archived-%'
               and pg_input_is_valid(shobj_description(oid, 'pg_database'), 'jsonb')
               and shobj_description(oid, 'pg_database')::jsonb #>> '{alta,state}' = 'archived') as act \gset
\if :act
select format('drop database %I with (force)', :'name') \gexec
\endif
select case when :'act' then 'deleted' when :'present' then 'refused' else 'absent' end;
