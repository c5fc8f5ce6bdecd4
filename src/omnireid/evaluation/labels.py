"""Identities, cameras and picture names as integer codes, and what a rule removes for a query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from omnireid.errors import InputError
from omnireid.evaluation.exclusion import Exclusion

IndexArray: TypeAlias = npt.NDArray[np.intp]
Labels: TypeAlias = Sequence[int] | Sequence[str] | npt.NDArray[np.generic]
"""One identity, camera or picture name an item; integers or strings."""


@dataclass(frozen=True, eq=False)
class Gallery:
    """Integer codes of the labels of queries and gallery, and what the exclusion rule removes."""

    query_identities: IndexArray
    gallery_identities: IndexArray
    cameras: tuple[IndexArray, IndexArray] | None
    pictures: tuple[IndexArray, IndexArray] | None
    members: dict[int, IndexArray]
    dropped: dict[int, IndexArray]
    exclusion: Exclusion

    def split(self, query: int) -> tuple[IndexArray, IndexArray]:
        """Gallery indices of the query's positives, and of all that is excluded for it."""
        same = self.members.get(int(self.query_identities[query]), _NONE)
        out = np.zeros(len(same), dtype=np.bool_)
        if self.exclusion.same_identity_and_camera and self.cameras is not None:
            out |= self.cameras[1][same] == self.cameras[0][query]
        if self.exclusion.same_identity_and_picture and self.pictures is not None:
            out |= self.pictures[1][same] == self.pictures[0][query]
        positives, excluded = same[~out], same[out]
        if self.dropped and self.cameras is not None:
            dropped = self.dropped.get(int(self.cameras[0][query]), _NONE)
            positives = np.setdiff1d(positives, dropped, assume_unique=True)
            excluded = np.union1d(excluded, dropped)
        return positives, excluded


_NONE = np.empty(0, dtype=np.intp)


def match_labels(
    query_ids: Labels,
    gallery_ids: Labels,
    query_cameras: Labels | None,
    gallery_cameras: Labels | None,
    query_pictures: Labels | None,
    gallery_pictures: Labels | None,
    exclusion: Exclusion,
) -> Gallery:
    """Labels as integer codes, checked against each other and against what the rule needs.

    Raises:
        InputError: labels of different lengths, or a rule that needs labels which are missing.
    """
    sizes = len(query_ids), len(gallery_ids)
    if exclusion.needs_cameras and (query_cameras is None or gallery_cameras is None):
        raise InputError(
            f"the exclusion rule {exclusion.name} cannot be applied",
            "it compares cameras and none were given",
            "give the cameras of queries and gallery, or use the rule 'none' or 'same_picture'",
        )
    if exclusion.same_identity_and_picture and (query_pictures is None or gallery_pictures is None):
        raise InputError(
            f"the exclusion rule {exclusion.name} cannot be applied",
            "it compares picture names and none were given",
            "give the picture names of queries and gallery, or use another rule",
        )
    query_identities, gallery_identities, _ = _codes("identities", query_ids, gallery_ids, sizes)
    cameras: tuple[IndexArray, IndexArray] | None = None
    dropped: dict[int, IndexArray] = {}
    if query_cameras is not None and gallery_cameras is not None:
        first, second, names = _codes("cameras", query_cameras, gallery_cameras, sizes)
        cameras = first, second
        code = {str(name): index for index, name in enumerate(names)}
        for query_camera, gallery_camera in exclusion.camera_pairs:
            if query_camera in code and gallery_camera in code:
                found = np.flatnonzero(second == code[gallery_camera])
                before = dropped.get(code[query_camera], _NONE)
                dropped[code[query_camera]] = np.union1d(before, found)
    pictures: tuple[IndexArray, IndexArray] | None = None
    if query_pictures is not None and gallery_pictures is not None:
        pictures = _codes("picture names", query_pictures, gallery_pictures, sizes)[:2]
    return Gallery(
        query_identities,
        gallery_identities,
        cameras,
        pictures,
        _members(gallery_identities),
        dropped,
        exclusion,
    )


def _members(identities: IndexArray) -> dict[int, IndexArray]:
    """Gallery indices of each identity, ascending."""
    if not len(identities):
        return {}
    order = np.argsort(identities, kind="stable")
    codes, starts = np.unique(identities[order], return_index=True)
    return dict(zip(codes.tolist(), np.split(order, starts[1:]), strict=True))


def _codes(
    what: str, query: Labels, gallery: Labels, sizes: tuple[int, int]
) -> tuple[IndexArray, IndexArray, npt.NDArray[np.generic]]:
    if (len(query), len(gallery)) != sizes:
        raise InputError(
            f"the {what} do not fit the identities",
            f"{len(query)} and {len(gallery)} given for {sizes[0]} queries "
            f"and {sizes[1]} gallery items",
            "give one for each item",
        )
    first, second = np.asarray(query), np.asarray(gallery)
    if not (first.dtype.kind in "iu" and second.dtype.kind in "iu"):
        first, second = first.astype(str), second.astype(str)
    names, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
    codes = codes.reshape(-1).astype(np.intp)
    return codes[: sizes[0]], codes[sizes[0] :], names
