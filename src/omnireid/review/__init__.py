"""What people decide: cases, candidates confirmed by two persons, exports."""
