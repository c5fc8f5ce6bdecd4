"""Erasures that a killed service left half done are finished when it starts again."""

from __future__ import annotations

import logging
import threading

from omnireid.errors import OmniReIDError
from omnireid.governance import Erasures

_log = logging.getLogger(__name__)


def finish_erasures(erasures: Erasures) -> threading.Thread | None:
    """Finish them beside the service; None when there are none.

    A second kill leaves them to the next start, and a refusal of the disk to the page.
    """
    if all(one.finished for one in erasures.all()):
        return None
    thread = threading.Thread(target=_finish, args=(erasures,), name="erasures", daemon=True)
    thread.start()
    return thread


def _finish(erasures: Erasures) -> None:
    try:
        done = erasures.resume()
    except OmniReIDError as error:
        _log.error("an erasure is still not finished: %s", error)
    else:
        _log.info("%d interrupted erasures finished", len(done))
