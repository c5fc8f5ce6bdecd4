from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gallery_fakes import FakeEncoder

from omnireid import Observation
from omnireid.gallery import AddReport, Gallery

Person = Callable[[int], Observation]


def every_byte(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file())


def test_deleted_items_are_found_no_more(filled: Gallery, person: Person) -> None:
    assert filled.delete([2, 5, 5, 999, -1]) == 2
    assert filled.delete([2]) == 0
    assert filled.count() == 10
    for found in (filled.search(person(1), k=50), filled.search(words="coat", k=50)):
        assert len(found) == 10
        assert not {2, 5} & {m.item_id for m in found}
    assert filled.verify().ok


@pytest.mark.parametrize("reopened", [False, True])
def test_nothing_of_a_deleted_item_is_left_in_any_file(
    folder: Path, encoder: FakeEncoder, person: Person, reopened: bool
) -> None:
    gallery = Gallery.create(folder, encoder)
    gallery.add(person(n) for n in range(40))
    secret = Observation(
        rgb=person(500).rgb, text="quetzalcoatlus 秘密", camera="secretcamera", source="secretname"
    )
    gallery.add([secret])
    gallery.add(person(n) for n in range(40, 80))
    vector = encoder.encode([secret])[0].astype(np.float16)
    (item,) = gallery.search(words="quetzalcoatlus")
    picture = item.picture_path.read_bytes()
    traces = {
        "note": b"quetzalcoatlus",
        "Japanese note": "秘密".encode(),
        "camera": b"secretcamera",
        "source": b"secretname",
        "ledger vector": vector.tobytes(),
        "index vector": vector.astype(np.float32).tobytes(),
        "picture": picture,
    }
    if reopened:
        gallery.close()
        gallery = Gallery.open(folder)
    else:
        gallery._store.database.checkpoint()
    before = every_byte(folder)
    assert [name for name, trace in traces.items() if trace not in before] == []
    gallery.delete([item.item_id])
    after = every_byte(folder)
    assert [name for name, trace in traces.items() if trace in after] == []
    gallery.close()


def test_a_picture_that_another_item_uses_stays(gallery: Gallery, person: Person) -> None:
    same = person(0).rgb
    gallery.add([Observation(rgb=same, camera="a"), Observation(rgb=same, camera="b")])
    path = gallery.items()[0].picture_path
    assert gallery.info().pictures == 1
    gallery.delete([1])
    assert path.is_file()
    assert gallery.verify().ok
    gallery.delete([2])
    assert not path.exists()
    assert gallery.info().pictures == 0


def test_ids_are_never_given_again_and_content_may_return(filled: Gallery, person: Person) -> None:
    filled.delete(range(1, 13))
    assert filled.info().cameras == ()
    assert filled.add([person(11)]) == AddReport(added=1)
    assert [i.item_id for i in filled.items()] == [13]
    assert filled.search(person(11))[0].item_id == 13
    assert filled.verify().ok


def test_rebuilding_gives_the_space_back(filled: Gallery, person: Person, folder: Path) -> None:
    filled.delete(range(1, 9))
    before = filled.search(person(9), k=50)
    assert filled.info().index_bytes > 12 * 1024
    filled.rebuild_index()
    assert filled.info().index_bytes < 8 * 1024
    assert len(list((folder / "index").iterdir())) == 3
    assert filled.search(person(9), k=50) == before
    assert filled.verify().ok


def test_another_open_gallery_sees_it_at_once(
    filled: Gallery, folder: Path, encoder: FakeEncoder, person: Person
) -> None:
    with Gallery.open(folder, encoder) as server:
        assert server.search(person(4), k=1)[0].item_id == 5
        filled.delete([5])
        assert server.search(person(4), k=1)[0].item_id != 5
        filled.add([person(50)])
        assert server.search(person(50), k=1)[0].item_id == 13
        filled.rebuild_index()
        assert server.search(person(50), k=1)[0].item_id == 13
        server.delete([13])
        assert filled.search(person(50), k=1)[0].item_id != 13
        assert filled.verify().ok
        assert server.verify().ok
