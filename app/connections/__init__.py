"""A member's consent: how it is asked for, kept alive, lost and given back."""
