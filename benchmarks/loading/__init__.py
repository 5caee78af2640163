"""The parts of the load figures (`benchmarks/load.py`): a deployment, its clients, each part, the table."""
