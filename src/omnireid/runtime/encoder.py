"""Encoding observations without torch: a model folder run by ONNX Runtime."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from omnireid.errors import InputError, ModelError
from omnireid.images import ImageInput
from omnireid.observation import IMAGE_MODALITIES, Modality, Observation
from omnireid.runtime.model_folder import ModelInfo, read_model_folder
from omnireid.runtime.preprocessing import prepare_picture
from omnireid.runtime.text import TextTokenizer

FloatArray = npt.NDArray[np.float32]

FUSED_NECK = len(Modality)

_Part = tuple[FloatArray, npt.NDArray[np.bool_]]
"""Tokens (n, L, D) of one modality and which of them are real (n, L)."""


@dataclass(frozen=True)
class AttributeReading:
    """One attribute read off an observation, with the probability of the named value."""

    name: str
    value: str
    probability: float


@dataclass(frozen=True)
class _Take:
    """One picture of each image modality, and the text: what becomes one token sequence."""

    observation: int
    pictures: tuple[tuple[Modality, ImageInput], ...]
    text: str | None

    @property
    def modalities(self) -> tuple[Modality, ...]:
        seen = {modality for modality, _ in self.pictures}
        if self.text is not None:
            seen.add(Modality.TEXT)
        return tuple(m for m in Modality if m in seen)


class Encoder:
    """A loaded model. Safe to use from several threads; holds no other state than the graphs."""

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        """Check every file of the folder and load its graphs.

        `threads`: cores to use; None takes all that this process may run on.

        Raises:
            ModelError: the folder is missing, damaged, or a graph does not load.
        """
        self.folder = folder
        self.info: ModelInfo = read_model_folder(folder)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
        options.log_severity_level = 3
        # Threads that wait by spinning cost three times the processor time when requests overlap.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._graphs = {
                name: ort.InferenceSession(
                    str(folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"]
                )
                for name in (*(m.value for m in self.info.modalities), "encoder")
            }
        except Exception as error:  # ONNX Runtime raises its own, undocumented classes
            raise ModelError(
                f"a graph of {folder} does not load",
                str(error).splitlines()[0],
                "check that onnxruntime is current, then export the model again",
            ) from error
        self._text = TextTokenizer.from_file(folder / "vocabulary.json")

    @property
    def model_id(self) -> str:
        """Names this model's space of vectors; vectors of another id must not be compared."""
        return self.info.model_id

    @property
    def width(self) -> int:
        """Length of a vector."""
        return self.info.width

    @property
    def card(self) -> str:
        """The model card, Markdown."""
        path = self.folder / "card.md"
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def encode(self, observations: Sequence[Observation], *, batch_size: int = 32) -> FloatArray:
        """One identity vector per observation: (n, width) float32, L2-normalised.

        An observation with several pictures of a modality (a walk) gets the normalised mean of the
        vectors of its moments.

        Raises:
            InputError: a picture cannot be read, or a modality that this model lacks; the
                message names the observation.
        """
        return self._run(observations, batch_size)[0]

    def read_attributes(
        self, observations: Sequence[Observation], *, batch_size: int = 32
    ) -> list[tuple[AttributeReading, ...]]:
        """The most probable value of each attribute, for each observation."""
        return self.encode_and_read(observations, batch_size=batch_size)[1]

    def encode_and_read(
        self, observations: Sequence[Observation], *, batch_size: int = 32
    ) -> tuple[FloatArray, list[tuple[AttributeReading, ...]]]:
        """`encode` and `read_attributes` in one pass."""
        vectors, logits = self._run(observations, batch_size)
        return vectors, self._readings(logits)

    def _readings(self, logits: FloatArray) -> list[tuple[AttributeReading, ...]]:
        readings: list[tuple[AttributeReading, ...]] = []
        for row in logits:
            one: list[AttributeReading] = []
            start = 0
            for attribute in self.info.attributes:
                values = row[start : start + len(attribute.values)] / attribute.temperature
                start += len(attribute.values)
                shares = np.exp(values - values.max())
                shares /= shares.sum()
                best = int(shares.argmax())
                one.append(
                    AttributeReading(attribute.name, attribute.values[best], float(shares[best]))
                )
            readings.append(tuple(one))
        return readings

    def attribute_logits(
        self, observations: Sequence[Observation], *, batch_size: int = 32
    ) -> FloatArray:
        """Logits (n, V) over all values of all attributes, in the order of `info.attributes`."""
        return self._run(observations, batch_size)[1]

    def _run(
        self, observations: Sequence[Observation], batch_size: int
    ) -> tuple[FloatArray, FloatArray]:
        values = sum(len(attribute.values) for attribute in self.info.attributes)
        vectors = np.zeros((len(observations), self.width), dtype=np.float32)
        logits = np.zeros((len(observations), values), dtype=np.float32)
        takes_of = np.zeros(len(observations), dtype=np.float32)
        by_kind: dict[tuple[Modality, ...], list[_Take]] = defaultdict(list)
        for index, observation in enumerate(observations):
            self._check(observation)
            for take in _takes(index, observation):
                by_kind[take.modalities].append(take)
        for kind, takes in by_kind.items():
            for first in range(0, len(takes), batch_size):
                batch = takes[first : first + batch_size]
                vector, attribute = self._encode_takes(kind, batch)
                rows = [take.observation for take in batch]
                np.add.at(vectors, rows, vector)
                np.add.at(logits, rows, attribute)
                np.add.at(takes_of, rows, 1.0)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
        vectors /= np.maximum(norms, np.float32(1e-12))
        logits /= np.maximum(takes_of, np.float32(1.0))[:, None]
        return vectors, logits

    def _check(self, observation: Observation) -> None:
        for modality in observation.modalities:
            if modality not in self.info.modalities:
                raise InputError(
                    f"{observation.source or 'an observation'} holds {modality}",
                    f"the model {self.info.name} reads only {', '.join(self.info.modalities)}",
                    "leave that modality out, or load a model that reads it",
                )

    def _encode_takes(
        self, kind: tuple[Modality, ...], takes: Sequence[_Take]
    ) -> tuple[FloatArray, FloatArray]:
        pictures: dict[Modality, npt.NDArray[np.uint8]] = {
            modality: np.stack(
                [
                    prepare_picture(take.pictures[position][1], modality, self.info.preprocessing)
                    for take in takes
                ]
            )
            for position, modality in enumerate(m for m in kind if m is not Modality.TEXT)
        }
        length = self.info.preprocessing.text_length
        ids, mask = self._text.encode([take.text or "" for take in takes], max_length=length)
        return self._encode_arrays(kind, pictures, ids, mask)

    def encode_prepared(
        self,
        kind: tuple[Modality, ...],
        pictures: Mapping[Modality, npt.NDArray[np.uint8]],
        ids: npt.NDArray[np.int64],
    ) -> FloatArray:
        """Vectors (n, width) of arrays that are preprocessed already (the export's parity check).

        `pictures` (n, height, width, 3) for each image modality of `kind`; `ids` (n, L), all words.
        """
        return self._encode_arrays(kind, pictures, ids, np.ones(ids.shape, dtype=np.bool_))[0]

    def _encode_arrays(
        self,
        kind: tuple[Modality, ...],
        pictures: Mapping[Modality, npt.NDArray[np.uint8]],
        ids: npt.NDArray[np.int64],
        text_mask: npt.NDArray[np.bool_],
    ) -> tuple[FloatArray, FloatArray]:
        parts: dict[Modality, _Part] = {}
        for modality in kind:
            if modality is Modality.TEXT:
                (tokens,) = self._graphs[modality.value].run(None, {"ids": ids})
                parts[modality] = tokens, text_mask
            else:
                (tokens,) = self._graphs[modality.value].run(None, {"pictures": pictures[modality]})
                parts[modality] = tokens, np.ones(tokens.shape[:2], dtype=np.bool_)
        if len(kind) == 1:
            return self._attend(list(parts.values()), list(Modality).index(kind[0]))
        joint, attributes = self._attend(list(parts.values()), FUSED_NECK)
        fusion = self.info.fusion.get("+".join(kind))
        if fusion is None:
            return joint, attributes
        vectors = fusion.joint * joint
        for modality, weight in fusion.single.items():
            if weight:
                single, _ = self._attend([parts[modality]], list(Modality).index(modality))
                vectors = vectors + weight * single
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.maximum(lengths, 1e-12)).astype(np.float32), attributes

    def _attend(self, parts: Sequence[_Part], neck: int) -> tuple[FloatArray, FloatArray]:
        vector, attributes = self._graphs["encoder"].run(
            None,
            {
                "tokens": np.concatenate([tokens for tokens, _ in parts], axis=1),
                "mask": np.concatenate([mask for _, mask in parts], axis=1),
                "neck": np.full(len(parts[0][0]), neck, dtype=np.int64),
            },
        )
        return vector, attributes


def _takes(index: int, observation: Observation) -> Iterator[_Take]:
    """The moments of an observation: its i-th pictures together, the shorter list repeated."""
    lists = [(m, observation.images(m)) for m in IMAGE_MODALITIES if observation.images(m)]
    for moment in range(max((len(images) for _, images in lists), default=1)):
        pictures = tuple((m, images[moment % len(images)]) for m, images in lists)
        yield _Take(index, pictures, observation.text)
