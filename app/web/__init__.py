"""Pages and redirects a browser lands on: sign-in, invitations, consent and its results."""
