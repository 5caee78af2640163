"""Microsoft 365 as the sandbox plays it: Entra (who is asking, and what they may) and Graph (what they get)."""
