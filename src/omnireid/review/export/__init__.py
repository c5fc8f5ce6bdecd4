"""A case as one ZIP: manifest, pictures, table, and a report to read; every file hashed."""

from omnireid.review.export.exporting import export_case
from omnireid.review.export.gathering import Choice, Contents, gather, is_confirmed
from omnireid.review.export.packing import Export, pack

__all__ = ["Choice", "Contents", "Export", "export_case", "gather", "is_confirmed", "pack"]
