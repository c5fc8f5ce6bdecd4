"""Work that outlives a page and a process: a durable queue of ingest jobs."""
