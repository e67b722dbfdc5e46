"""Who may pass which door, tried on the real application."""
