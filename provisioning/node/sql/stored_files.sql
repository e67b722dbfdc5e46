-- The files of Odoo's store that this database names.
select distinct store_fname from ir_attachment where store_fname ~ '^[0-9a-f]{2}/[0-9a-f]{40,64}$';
