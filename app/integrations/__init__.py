"""One organisation joined to one suite: status, test flow, enabling and disabling."""
