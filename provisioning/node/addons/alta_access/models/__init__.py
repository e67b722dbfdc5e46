from . import access_entry, ir_http, res_users
