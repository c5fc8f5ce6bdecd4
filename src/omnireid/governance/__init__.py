"""What the owner answers for: purposes, audit, retention, subject access, erasure, backup."""
