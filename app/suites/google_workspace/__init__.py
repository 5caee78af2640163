"""Google Workspace: OAuth and requests through aiogoogle, Calendar v3 and the Directory; nothing else knows them."""
