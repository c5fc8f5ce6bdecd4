"""Items and how they are found: a ledger that is the truth, and an exact index derived from it."""

from omnireid.gallery.blocked import KEY_NAME, block
from omnireid.gallery.blurring import Blur, blur_beside, blur_heads
from omnireid.gallery.browsing import Browsing, Page
from omnireid.gallery.content import kept_digest
from omnireid.gallery.cursor import Cursor
from omnireid.gallery.database import Database
from omnireid.gallery.faults import reach
from omnireid.gallery.gallery import Gallery, is_gallery
from omnireid.gallery.pictures import sync_folder, write_durably
from omnireid.gallery.purging import (
    close_as_one_file,
    items_of_tokens,
    open_ledger,
    picture_digests,
    remove_rows,
    token_hash,
)
from omnireid.gallery.scales import Scale, Scales
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
    "KEY_NAME",
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
    "Scale",
    "Scales",
    "Skipped",
    "VerifyReport",
    "block",
    "blur_beside",
    "blur_heads",
    "close_as_one_file",
    "is_gallery",
    "items_of_tokens",
    "kept_digest",
    "metadata",
    "open_ledger",
    "picture_digests",
    "reach",
    "remove_rows",
    "sync_folder",
    "token_hash",
    "write_durably",
]
