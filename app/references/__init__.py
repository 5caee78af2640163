"""Event and mailbox references: sealed, found by a keyed hash, and all that we ever keep of a calendar."""
