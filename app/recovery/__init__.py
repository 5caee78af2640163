"""Backups, and what has to be made good once one was restored."""
