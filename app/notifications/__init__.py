"""What a member is told: once for each occasion, with ids of ours and no content of any calendar."""
