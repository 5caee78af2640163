"""Buildings with their floors and areas: where people work, how many it takes, and when it is open."""
