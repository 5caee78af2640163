"""The servers in Python, each an ASGI application in a module of its own for Uvicorn; the data is read at import."""
