"""The keys against what they sealed: whether they fit this database, and sealing everything anew under another key."""
