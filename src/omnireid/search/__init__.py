"""What a search means beyond one vector: zones, saved searches, and why an item was found."""

from omnireid.search.agreement import Comparison, Verdict, compare
from omnireid.search.calibrated import calibration_for, scales_for
from omnireid.search.likeness import Band, Likeness, likeness, no_good_match
from omnireid.search.occlusion import drops, paint
from omnireid.search.saved import SavedSearch, SavedSearches
from omnireid.search.shares import shapley
from omnireid.search.words import attribute_name, named_attributes, value_name
from omnireid.search.zones import Zone, Zones

__all__ = [
    "Band",
    "Comparison",
    "Likeness",
    "SavedSearch",
    "SavedSearches",
    "Verdict",
    "Zone",
    "Zones",
    "attribute_name",
    "calibration_for",
    "compare",
    "drops",
    "likeness",
    "named_attributes",
    "no_good_match",
    "paint",
    "scales_for",
    "shapley",
    "value_name",
]
