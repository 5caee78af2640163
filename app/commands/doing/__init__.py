"""What commands do, apart from what is typed and told: all of the product that they import is imported here."""
