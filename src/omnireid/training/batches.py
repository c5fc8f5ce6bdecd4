"""PK batches across modalities and cameras, each made from its step's number alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from omnireid.observation import IMAGE_MODALITIES
from omnireid.people import RenderedSet
from omnireid.runtime import TextTokenizer
from omnireid.training.configuration import TrainingConfig

Attributes = tuple[tuple[str, tuple[str, ...]], ...]

_RGB, _INFRARED, _SKETCH = (IMAGE_MODALITIES.index(m) for m in IMAGE_MODALITIES)


class Batch(NamedTuple):
    """P identities of one step. Pictures are uint8, channels first.

    A named tuple, because Lightning moves tuples between devices and refuses frozen dataclasses.
    """

    identities: Tensor
    """(P,) int64, 0 to the number of training identities - 1."""
    rgb: Tensor
    """(P, K, 3, H, W): K colour views, of different cameras where there are enough."""
    infrared: Tensor
    """(P, 3, H, W), from a view that `rgb` does not hold where there are enough."""
    sketch: Tensor
    """(P, 3, H, W), likewise."""
    text_ids: Tensor
    """(2P, L) int64: an English and a Japanese caption of each identity in turn."""
    text_mask: Tensor
    """(2P, L) bool."""
    word_targets: Tensor
    """(2P, L) int64: the attribute value that a word expresses, among all values; -1: none."""
    attributes: Tensor
    """(P, G) int64: each attribute's value; -1: unknown."""
    named_attributes: Tensor
    """(2P, G) int64: the attributes that a caption names; -1: it does not."""

    @property
    def texts_per_identity(self) -> int:
        """Captions of each identity: one a language."""
        return len(self.text_ids) // len(self.identities)


def attribute_values(rendered: RenderedSet) -> Attributes:
    """The attributes of a rendered set with all their values, sorted: the VA head's classes."""
    values: dict[str, set[str]] = {}
    for view in rendered.views:
        for name, value in view.attributes.items():
            values.setdefault(name, set()).add(value)
    return tuple((name, tuple(sorted(values[name]))) for name in sorted(values))


def words_shown(rendered: RenderedSet, tokenizer: TextTokenizer) -> set[int]:
    """The ids of all words that training shows: those of the captions, and the hidden word."""
    said = {text for view in rendered.views for text in (*view.captions_en, *view.captions_ja)}
    words = {token.id for text in said for token in tokenizer.encode_with_offsets(text)}
    return words | {tokenizer.mask_id}


class BatchMaker:
    """Makes the batch of any step; the same step always gives the same batch."""

    def __init__(
        self,
        config: TrainingConfig,
        rendered: RenderedSet,
        pictures: npt.NDArray[np.uint8],
        tokenizer: TextTokenizer,
        attributes: Attributes,
    ) -> None:
        """`pictures` (views, 3, H, W, 3) as `cached_pictures` gives them."""
        self._config = config
        self._pictures = pictures
        self._tokenizer = tokenizer
        self._rendered = rendered.views
        self._views: dict[int, list[int]] = {}
        self._cameras = [view.camera for view in rendered.views]
        for index, view in enumerate(rendered.views):
            self._views.setdefault(view.identity, []).append(index)
        self._names = sorted(self._views)
        ends = np.cumsum([0, *(len(values) for _, values in attributes)]).tolist()
        self.attribute_groups = tuple(itertools.pairwise(ends))
        """Each attribute's first and end column among all values."""
        self._column = {
            (name, value): first + place
            for (name, values), (first, _) in zip(attributes, self.attribute_groups, strict=True)
            for place, value in enumerate(values)
        }
        self._targets = {
            identity: [
                self._column[name, rendered.views[views[0]].attributes[name]] - first
                if name in rendered.views[views[0]].attributes
                else -1
                for (name, _), (first, _) in zip(attributes, self.attribute_groups, strict=True)
            ]
            for identity, views in self._views.items()
        }

    @property
    def identities(self) -> int:
        """Number of training identities."""
        return len(self._names)

    def batch(self, step: int, rank: int = 0) -> Batch:
        """The batch of a step (from 0) for one of the processes that train together."""
        # A lone process draws what it always drew.
        rng = np.random.default_rng([self._config.seed, step, *([rank] if rank else [])])
        count = min(self._config.identities_per_step, self.identities)
        chosen = rng.choice(self.identities, count, replace=False)
        rgb, infrared, sketch = [], [], []
        ids, targets = [], []
        for place in chosen:
            identity = self._names[place]
            colour, rest = self._split(self._views[identity], rng)
            rgb.append(self._pictures[colour, _RGB])
            infrared.append(self._pictures[rng.choice(rest), _INFRARED])
            sketch.append(self._pictures[rng.choice(rest), _SKETCH])
            for words, values in self._texts(identity, rng):
                ids.append(words)
                targets.append(values)
        length = max(map(len, ids))
        text_ids = torch.zeros(len(ids), length, dtype=torch.int64)
        word_targets = torch.full((len(ids), length), -1, dtype=torch.int64)
        text_mask = torch.zeros(len(ids), length, dtype=torch.bool)
        for row, (words, values) in enumerate(zip(ids, targets, strict=True)):
            text_ids[row, : len(words)] = torch.tensor(words)
            word_targets[row, : len(words)] = torch.tensor(values)
            text_mask[row, : len(words)] = True
        return Batch(
            identities=torch.from_numpy(chosen.astype(np.int64)),
            rgb=_channels_first(np.stack(rgb)),
            infrared=_channels_first(np.stack(infrared)),
            sketch=_channels_first(np.stack(sketch)),
            text_ids=text_ids,
            text_mask=text_mask,
            word_targets=word_targets,
            attributes=torch.tensor([self._targets[self._names[place]] for place in chosen]),
            named_attributes=torch.tensor([self._named(values) for values in targets]),
        )

    def _named(self, columns: list[int]) -> list[int]:
        """Each attribute's value among the columns that a caption's words express."""
        said = set(columns)
        return [
            next((column - first for column in range(first, end) if column in said), -1)
            for first, end in self.attribute_groups
        ]

    def _split(self, views: list[int], rng: np.random.Generator) -> tuple[list[int], list[int]]:
        """K views for colour, of different cameras first; the others for infrared and sketch."""
        wanted = self._config.rgb_views_per_identity
        order = [int(view) for view in rng.permutation(views)]
        seen: set[str] = set()
        new: list[int] = []
        again: list[int] = []
        for view in order:
            (again if self._cameras[view] in seen else new).append(view)
            seen.add(self._cameras[view])
        order = new + again
        colour = [order[place % len(order)] for place in range(wanted)]
        return colour, order[wanted:] or order

    def _texts(
        self, identity: int, rng: np.random.Generator
    ) -> Iterator[tuple[list[int], list[int]]]:
        """One English and one Japanese caption: word ids, and the attribute value of each word."""
        for language in ("en", "ja"):
            view = self._rendered[rng.choice(self._views[identity])]
            texts, marks = (
                (view.captions_en, view.spans_en)
                if language == "en"
                else (view.captions_ja, view.spans_ja)
            )
            drawn = int(rng.integers(len(texts)))
            tokens = self._tokenizer.encode_with_offsets(texts[drawn])
            tokens = tokens[: self._config.network.text_length]
            values = [
                next(
                    (
                        self._column.get((span.attribute, span.value), -1)
                        for span in marks[drawn]
                        if span.start <= token.start and token.end <= span.end
                    ),
                    -1,
                )
                for token in tokens
            ]
            yield [token.id for token in tokens], values


def _channels_first(pictures: npt.NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(pictures, -1, -3)))


class StepBatches(IterableDataset[Batch]):
    """The batches of the steps from `first` to `end` (exclusive), in order.

    No length: a resumed epoch is shorter than the trainer remembers, and ends when these do.
    """

    def __init__(self, maker: BatchMaker, first: int, end: int, rank: int = 0) -> None:
        self._maker, self._first, self._end, self._rank = maker, first, end, rank

    def __iter__(self) -> Iterator[Batch]:
        for step in range(self._first, self._end):
            yield self._maker.batch(step, self._rank)
