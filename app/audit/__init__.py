"""Who did what, when: append-only, written in the same transaction as the act itself."""
