"""How the application meets the network: the web server, what it bears from its clients, and what every answer says."""
