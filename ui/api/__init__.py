"""The JSON API: one file a noun, each with a `router` that ui/app.py finds by itself."""
