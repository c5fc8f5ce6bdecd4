"""Opening a gallery with its model, from the options of a command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omnireid.cli.output import messages
from omnireid.gallery import Blur, Gallery, is_gallery
from omnireid.runtime import Encoder, find_model_folder
from omnireid.settings import load_settings

GalleryOption = Annotated[
    Path | None,
    typer.Option(
        "--gallery", "-g", help="Folder of the gallery.", show_default="the setting 'gallery'"
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", "-m", help="Name of a model, or its folder.", show_default="the setting 'model'"
    ),
]


def gallery_folder(given: Path | None) -> Path:
    """The folder given, else that of the settings."""
    return given or load_settings().gallery


def load_encoder(given: str | None) -> Encoder:
    """The model given, else that of the settings, with every file checked.

    Raises:
        ModelError: no such model, or a changed byte in its folder.
    """
    with messages.status("Checking and loading the model"):
        return Encoder(find_model_folder(given or load_settings().model))


def open_gallery(folder: Path, model: str | None) -> tuple[Gallery, Encoder]:
    """The gallery in a folder, and the model it is used with.

    Raises:
        GalleryError: no gallery there, or one made by another model.
        ModelError: the model cannot be loaded.
    """
    # Without a model first: a wrong path is said at once, not after loading.
    Gallery.open(folder).close()
    encoder = load_encoder(model)
    return Gallery.open(folder, encoder, blur=_blur()), encoder


def open_or_create(folder: Path, encoder: Encoder) -> Gallery:
    """The gallery in a folder; a new one where there is none."""
    if is_gallery(folder):
        return Gallery.open(folder, encoder, blur=_blur())
    return Gallery.create(folder, encoder, blur=_blur())


def _blur() -> Blur:
    return Blur(load_settings().blur_faces)
