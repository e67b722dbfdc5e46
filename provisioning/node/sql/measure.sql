-- One clone as create_tenant makes it, to be timed and thrown away.
select format('create database %I template %I connection limit 0', :'name', :'template') \gexec
