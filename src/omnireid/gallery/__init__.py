"""Room: gallery."""
