"""What Exchange Online holds and does: mailboxes, meetings that travel between them, rooms that answer, push.

Nothing in this package knows Graph's URLs or query options; ``app.sandbox.microsoft.graph`` puts them on the wire.
"""
