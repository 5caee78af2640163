"""The server behind the schema. Its version stands here, and nowhere else: `docs/releasing.md`."""

__version__ = "0.1.0"
