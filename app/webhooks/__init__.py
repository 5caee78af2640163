"""Change notifications from the suites: checked, acknowledged, and turned into rows that are due."""
