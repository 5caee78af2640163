"""Meeting rooms: kept, synced with the suite's directory, searched, and looked up for free time."""
