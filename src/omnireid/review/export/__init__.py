"""A case as one ZIP: manifest, pictures, table, and a report to read; every file hashed."""

from omnireid.review.export.gathering import Choice, Contents, gather
from omnireid.review.export.packing import Export, pack

__all__ = ["Choice", "Contents", "Export", "gather", "pack"]
