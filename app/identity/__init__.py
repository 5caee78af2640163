"""Who is who: organisations, members and their identities, roles, invitations, sign-in, sessions, access tokens."""
