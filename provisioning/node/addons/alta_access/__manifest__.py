{
    "name": "Alta: one click into Odoo",
    "summary": "Opens a session for who comes from the hosting portal with a signed, short-lived, single-use token",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tools",
    "author": "Alta",
    "license": "Other OSI approved licence",
    "depends": ["web"],
    "data": ["security/ir.model.access.csv", "views/refused.xml"],
    "assets": {"web.assets_backend": ["alta_access/static/src/*"]},
}
