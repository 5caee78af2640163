"""Calendar suites: the protocol they share, and one package for each suite.

Nothing in here knows an organisation, a member or the database: credentials go in, typed values come out.
"""
