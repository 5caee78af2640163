"""`hybrid-meetings doctor`: what keeps this server from working, or soon will, in words that an operator can act on.

One module for each kind of thing that is looked at. A look changes nothing, may be taken beside servers that run, and
finds `app.findings.Finding`s.
"""
