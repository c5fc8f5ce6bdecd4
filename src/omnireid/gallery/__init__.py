"""Items and how they are found: a ledger that is the truth, and an exact index derived from it."""

from omnireid.gallery.blurring import Blur, blur_beside, blur_heads
from omnireid.gallery.browsing import Browsing, Cursor, Page
from omnireid.gallery.database import Database
from omnireid.gallery.gallery import Gallery, is_gallery
from omnireid.gallery.schema import metadata
from omnireid.gallery.values import (
    AddReport,
    Encoder,
    Filters,
    GalleryInfo,
    Item,
    Match,
    Order,
    Problem,
    Skipped,
    VerifyReport,
)

__all__ = [
    "AddReport",
    "Blur",
    "Browsing",
    "Cursor",
    "Database",
    "Encoder",
    "Filters",
    "Gallery",
    "GalleryInfo",
    "Item",
    "Match",
    "Order",
    "Page",
    "Problem",
    "Skipped",
    "VerifyReport",
    "blur_beside",
    "blur_heads",
    "is_gallery",
    "metadata",
]
