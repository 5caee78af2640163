"""What runs without anyone asking: pending rooms, watches, room sync, clean-up. Due rows are the truth."""
