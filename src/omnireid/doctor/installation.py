"""Python, the packages that are needed, and the optional parts."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import sys
from collections.abc import Iterator

from omnireid.doctor.findings import Finding, failure, warning, well

OLDEST_PYTHON = (3, 11)

# Where the module is not called as its package is.
_MODULES = {
    "pillow": "PIL",
    "python-multipart": "python_multipart",
    "pydantic-settings": "pydantic_settings",
    "prometheus-client": "prometheus_client",
    "argon2-cffi": "argon2",
    "opencv-python-headless": "cv2",
    "pytorch-metric-learning": "pytorch_metric_learning",
}
_EXTRAS = {
    "video": "people are taken out of videos",
    "people": "people are rendered for the demo and for training",
    "train": "models are trained and exported",
}
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")
_AGAIN = "install omnireid again from its wheels (docs/operations.md)"


def python() -> Finding:
    """Whether this Python is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return failure(
            "python",
            f"Python {version} runs this",
            "OmniReID needs 3.11 or newer",
            "install a newer Python and make the virtual environment with it",
        )
    return well("python", f"Python {version}")


def packages() -> Iterator[Finding]:
    """Whether everything that omnireid needs is installed and can be imported."""
    try:
        distribution = importlib.metadata.distribution("omnireid")
    except importlib.metadata.PackageNotFoundError:
        yield failure(
            "packages",
            "omnireid is not installed",
            "this Python runs its files, and knows no package of that name",
            _AGAIN,
        )
        return
    needed = [text for text in distribution.requires or () if "extra ==" not in text]
    broken = [(name, why) for name in map(_name, needed) if (why := _trouble(name))]
    for name, why in broken:
        yield failure("packages", f"the package {name} cannot be used", why, _AGAIN)
    if not broken:
        yield well("packages", f"omnireid {distribution.version} and {len(needed)} packages")
    yield from _extras(distribution)


def _extras(distribution: importlib.metadata.Distribution) -> Iterator[Finding]:
    for extra, use in _EXTRAS.items():
        mark = re.compile(rf"extra == ['\"]{extra}['\"]")
        members = [_name(text) for text in distribution.requires or () if mark.search(text)]
        absent = [name for name in members if _absent(name)]
        if not absent:
            yield well("optional parts", f"{extra} is installed: {use}")
        elif len(absent) < len(members):
            yield warning(
                "optional parts",
                f"the part {extra} is not whole",
                f"missing: {', '.join(absent)}",
                f"run `pip install 'omnireid[{extra}]'`, or leave it if it is not needed",
            )
        else:
            yield well("optional parts", f"{extra} is not installed (only when {use})")


def _name(requirement: str) -> str:
    found = _REQUIREMENT.match(requirement)
    return found[0] if found else requirement


def _absent(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return True
    return False


def _trouble(name: str) -> str:
    if _absent(name):
        return "it is not installed"
    module = _MODULES.get(name.lower(), name.lower().replace("-", "_"))
    try:
        importlib.import_module(module)
    except Exception as error:  # a broken package can raise anything
        return f"its import fails: {type(error).__name__}: {error}"
    return ""
