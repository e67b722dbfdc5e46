-- Which Odoo made the template, as its base module says; "" where nothing does.
select to_regclass('ir_module_module') is not null as modules \gset
\if :modules
select latest_version from ir_module_module where name = 'base' and latest_version ~ '^[0-9.]+$';
\endif
