"""Public data sets and one's own: layouts checked, counts compared, nothing downloaded."""

from omnireid.datasets.orbench import task_key as orbench_task_key
from omnireid.datasets.registry import (
    Card,
    Count,
    Figure,
    cards,
    find_card,
    load_dataset,
    shared_between,
)
from omnireid.datasets.samples import DataSet, Problem, Sample
from omnireid.datasets.sysu_mm01 import official_permutations as sysu_official_permutations

__all__ = [
    "Card",
    "Count",
    "DataSet",
    "Figure",
    "Problem",
    "Sample",
    "cards",
    "find_card",
    "load_dataset",
    "orbench_task_key",
    "shared_between",
    "sysu_official_permutations",
]
