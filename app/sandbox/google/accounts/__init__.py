"""Google's accounts: OAuth 2.0, OpenID Connect, and the pages a person meets."""
