"""Room: aio."""
