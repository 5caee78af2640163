"""Microsoft Graph on the wire: paths, query options, preferences, errors and JSON over the mailboxes.

https://learn.microsoft.com/graph/use-the-api
"""
