"""Publish and subscribe: in memory for one process, through Redis for several; only ids of ours travel."""
