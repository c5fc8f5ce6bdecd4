"""Errors a user can act on: what happened, why, and what to do, each with a stable code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class OmniReIDError(Exception):
    """An error meant for the person at the keyboard: what, why, what to do.

    `code` is stable (documented in docs/errors.md) and safe to match on; `exit_code` is what the
    command line returns.

    >>> print(InputError("photo.jpg could not be read", "the file is empty", "export it again"))
    [INPUT] photo.jpg could not be read: the file is empty. What to do: export it again.
    """

    code: ClassVar[str] = "ERROR"
    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, why: str, to_do: str) -> None:
        self.what, self.why, self.to_do = what, why, to_do
        super().__init__(f"[{self.code}] {what}: {why}. What to do: {to_do}.")

    def __reduce__(self) -> tuple[object, ...]:
        # Errors of worker processes arrive pickled, and exceptions pickle their message alone.
        return _restored, (type(self), str(self), self.__dict__)


def _restored(kind: type[OmniReIDError], message: str, fields: dict[str, object]) -> OmniReIDError:
    error = kind.__new__(kind, message)
    error.__dict__.update(fields)
    return error


class InputError(OmniReIDError):
    """A picture, video, note file or option that cannot be used as given."""

    code = "INPUT"
    exit_code = 3


class ModelError(OmniReIDError):
    """A model folder that is missing, damaged or of another kind."""

    code = "MODEL"
    exit_code = 4


class GalleryError(OmniReIDError):
    """A gallery that cannot be opened or does not fit the request."""

    code = "GALLERY"
    exit_code = 5


class MissingExtraError(OmniReIDError):
    """An optional part of the installation is needed and absent."""

    code = "EXTRA"
    exit_code = 6

    @classmethod
    def for_package(cls, package: str, extra: str) -> MissingExtraError:
        """The error for an import of `package` that the extra `extra` would have installed."""
        return cls(
            f"{package} is not installed",
            f"this command needs the optional part '{extra}'",
            f"run `pip install 'omnireid[{extra}]'` on a machine that reaches your package index",
        )


class RenderError(OmniReIDError):
    """Rendering people cannot start on this machine, or cannot go on."""

    code = "RENDER"
    exit_code = 8


class AccountError(OmniReIDError):
    """Something that this user, session, code or key may not do or can no longer do.

    `refusal` names the reason, `values` what its sentences are filled with, so that a page can say
    it in its own language.
    """

    code = "ACCOUNT"
    exit_code = 9

    def __init__(
        self, what: str, why: str, to_do: str, *, refusal: str, values: Mapping[str, str | int]
    ) -> None:
        super().__init__(what, why, to_do)
        self.refusal, self.values = refusal, values
