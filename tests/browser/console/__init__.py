"""The console in a real browser, on the demo."""
