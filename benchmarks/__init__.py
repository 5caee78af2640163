"""What the product does under load and trouble, measured against the sandboxes; each script says how it is run."""
