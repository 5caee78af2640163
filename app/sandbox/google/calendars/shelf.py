"""The copies of meetings that lie in one calendar."""


class Shelf:
    """Filled by the meetings."""
