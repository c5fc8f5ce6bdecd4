"""Opening what lies in a gallery's folder, and refusing what does not fit."""

from __future__ import annotations

from pathlib import Path

from omnireid.errors import GalleryError
from omnireid.gallery import ledger
from omnireid.gallery.database import Database, migrate, schema_version
from omnireid.gallery.exact import ExactIndex
from omnireid.gallery.moments import zone
from omnireid.gallery.pictures import PictureFolder
from omnireid.gallery.schema import SCHEMA_VERSION
from omnireid.gallery.store import Store
from omnireid.gallery.values import Encoder

PICTURES, _INDEX = "pictures", "index"


def open_store(folder: Path, database: Database) -> Store:
    """The parts of the gallery in a folder; its ledger is brought to this release's schema.

    Raises:
        GalleryError: its ledger is that of no gallery, or of a newer release.
    """
    with database.read() as connection:
        found = schema_version(connection)
    if found is not None and found != SCHEMA_VERSION:
        with database.write() as connection:
            migrate(connection)
    with database.read() as connection:
        state = None if found is None else ledger.read_state(connection)
    if state is None:
        raise GalleryError(
            f"the gallery {folder} cannot be opened",
            "its ledger.sqlite is not the ledger of a gallery",
            "check the path, or restore the folder from a backup",
        )
    index = ExactIndex(folder / _INDEX, state.uuid, state.model_id, state.width)
    pictures_folder = PictureFolder(folder / PICTURES)
    return Store(folder, state, zone(state.timezone), database, pictures_folder, index)


def same_model(folder: Path, store: Store, encoder: Encoder) -> None:
    """Look whether the gallery was made with this model.

    Raises:
        GalleryError: with another, whose vectors do not compare.
    """
    made = (store.state.model_id, store.state.width)
    if made == (encoder.model_id, encoder.width):
        return
    raise GalleryError(
        f"the gallery {folder} cannot be used with the model {encoder.model_id}",
        f"it was made with {store.state.model_id}, and vectors of different models do not compare",
        "use that model, or index the same sources into a new gallery, for example with "
        "`omnireid index folder SOURCE --gallery NEW_FOLDER`",
    )
