"""The templates of Google's pages."""
