"""Shifts: where a member works on a day. They need no calendar, and outlive every integration."""
