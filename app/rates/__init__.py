"""How much one member, one organisation or one network address may ask for in a minute, and when to come back."""
