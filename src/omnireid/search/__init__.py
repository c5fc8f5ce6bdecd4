"""What a search means beyond one vector: zones, saved searches, and why an item was found."""
