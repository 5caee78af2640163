"""Google Workspace. What it is asked for is known; the suite itself is not served yet."""
