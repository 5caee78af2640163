"""The end of a grant: consent, codes, refresh and access tokens of one person and client end together.

https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
"""

from app.sandbox.google.state import GoogleState


def end_grant(google: GoogleState, client_id: str, sub: str) -> int:
    """End what the person granted to the client; answers how many tokens died."""
    google.accounts.consents.withdraw(client_id, sub)
    google.accounts.codes.withdraw(sub, client_id)
    return google.tokens.revoke(sub, client_id)
