-- Installed modules, base first, as Odoo neutralises them; nothing where this is not a whole Odoo.
select to_regclass('ir_module_module') is not null as whole \gset
\if :whole
select name from ir_module_module where state in ('installed', 'to upgrade', 'to remove') order by name <> 'base', name;
\endif
