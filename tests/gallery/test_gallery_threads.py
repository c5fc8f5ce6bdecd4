from __future__ import annotations

import threading
from pathlib import Path

from gallery_fakes import FakeEncoder, walk

from omnireid.gallery import Gallery


def test_threads_search_while_another_process_would_change_everything(
    filled: Gallery, folder: Path
) -> None:
    failures: list[BaseException] = []
    done, searched = threading.Event(), threading.Event()

    def search(server: Gallery) -> None:
        try:
            while not done.is_set():
                # Walk 11 is never touched: it is first in every state the others go through.
                assert server.search(walk(11), k=3)[0].note == walk(11).text
                assert server.search(words="walk 11")
                searched.set()
        except BaseException as error:
            failures.append(error)
            searched.set()

    # A gallery of its own, with connections and an index of its own: as another process has.
    with Gallery.open(folder, FakeEncoder()) as server:
        threads = [threading.Thread(target=search, args=(server,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for number in range(12, 20):
                filled.add([walk(number)])
                filled.delete([number - 11])
                filled.rebuild_index()
                # In every state somebody has searched, however the machine shares its time out.
                searched.clear()
                assert searched.wait(120)
        finally:
            done.set()
            for thread in threads:
                thread.join()
    assert failures == []
    assert filled.verify().ok
