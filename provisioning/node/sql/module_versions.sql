-- Installed modules with the version that the database has.
select name, latest_version from ir_module_module where state = 'installed' and latest_version is not null order by name;
