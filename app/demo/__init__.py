"""The demo: a sandbox, a server on SQLite and sample people, made afresh at every start.

Nobody is inserted into the database: everyone comes in as a person would, by invitation, the suite's own pages and the
token endpoint, over HTTP.
"""
