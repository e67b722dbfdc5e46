-- true where our addon, which takes the portal's tokens, is installed; else false.
select exists (select from ir_module_module where name = 'alta_access' and state = 'installed')::text;
