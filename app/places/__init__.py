"""Places that processes share: at most so many held at once, whichever process holds them."""
