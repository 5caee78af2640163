"""The parts of the soak (`benchmarks/soak.py`): its plan, the suites' side, the members, and the run itself."""
