"""The composition root's parts: only `app.main` imports them, and nothing else composes."""
