"""Calendars as Google keeps them: events, their copies, rooms that answer, channels that tell."""
