"""What is raised while the database cannot do its work: away, starting, hanging, full, or locked by somebody else."""

from tortoise.exceptions import OperationalError


class DatabaseUnavailable(OperationalError):
    """Nobody's mistake, and over when the database is back. A commit that meets it may or may not have happened.

    Everything that is repeated under the same key finds out which it was.
    """
