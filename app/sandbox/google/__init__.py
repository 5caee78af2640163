"""Google on this machine: accounts (OAuth 2.0 and OpenID Connect), Calendar v3 and the Directory's resources."""
