"""Microsoft's pages; what they share with the other suite's is `app.sandbox.pages`."""

from app.sandbox.pages import Page, render

__all__ = ["Page", "render"]
