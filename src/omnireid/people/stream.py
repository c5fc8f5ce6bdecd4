"""Rendered people without a disk: drawn as they are asked for, for ever, in a seeded order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from PIL import Image

from omnireid.errors import InputError
from omnireid.observation import Modality
from omnireid.people.rendered import RenderedView, decoded, suffix_of, view_from
from omnireid.people.rendering import validate
from omnireid.people.worlds import Job, draw_world

_FOR_EVER = 2**40


@dataclass(frozen=True)
class StreamedView:
    """One view with its encoded pictures in memory."""

    view: RenderedView
    encoded: Mapping[str, bytes]

    def picture(self, modality: Modality) -> Image.Image:
        """The picture of a modality: RGB is a colour image, infrared and sketch are grey ("L").

        Raises:
            InputError: the modality has no picture.
        """
        return decoded(self.encoded[suffix_of(modality)], modality)


def stream(
    *, views: int = 8, seed: int = 0, size: tuple[int, int] = (128, 256), shifted: bool = False,
    first_identity: int = 0, worker: int = 0, workers: int = 1,
) -> Iterator[StreamedView]:  # fmt: skip
    """Draw people without end, `views` times each, a person's views together; nothing is stored.

    The views are those that `render` writes for the same numbers, byte for byte. Worlds of 64
    people are dealt to `workers` in turn: give each loader process its number as `worker` (in a
    torch data set: `get_worker_info().id` and `.num_workers`) and together they see everyone once.
    Processes that are forked after their parent has drawn are refused: spawn them.

    Raises:
        InputError: impossible numbers.
        MissingExtraError: anny or moderngl is not installed.
        RenderError: this machine cannot make an off-screen OpenGL context, or this process was
            forked from one that has drawn.
    """
    job = Job(_FOR_EVER, views, seed, size[0], size[1], shifted, first_identity)
    validate(job, workers)
    if not 0 <= worker < workers:
        raise InputError(
            f"worker {worker} of {workers}", "workers count from 0", "give a number below workers"
        )
    return _views(job, worker, workers)


def _views(job: Job, worker: int, workers: int) -> Iterator[StreamedView]:
    nowhere = Path("stream")
    for world in count(worker, workers):
        for row, encoded in draw_world(job, world):
            yield StreamedView(view_from(row, nowhere), encoded)
