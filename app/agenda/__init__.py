"""One member's events, fetched with their own consent and joined with rooms, shifts and our own data."""
