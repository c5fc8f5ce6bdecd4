"""Camera and time from file names, by a template that the user writes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from omnireid.errors import InputError

_DIRECTIVES = {
    "Y": r"\d{4}", "y": r"\d{2}", "m": r"\d{2}", "d": r"\d{2}", "H": r"\d{2}", "I": r"\d{2}",
    "M": r"\d{2}", "S": r"\d{2}", "f": r"\d{1,6}", "j": r"\d{3}", "p": r"[AaPp][Mm]",
    "b": r"[A-Za-z]{3}", "B": r"[A-Za-z]{3,9}", "z": r"(?:Z|[+-]\d{2}:?\d{2})", "%": "%",
}  # fmt: skip
"""The parts of a time, each with what it may look like in a name."""

_FIELD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class NameTemplate:
    """A compiled template; made by `compile_template`."""

    template: str
    expression: re.Pattern[str]
    depth: int
    ending: bool
    time_format: str | None

    def read(self, path: PurePosixPath) -> tuple[str | None, datetime | None]:
        """Camera and time of the file at `path`.

        Raises:
            InputError: the name does not fit the template, or its time does not exist.
        """
        shown = path if self.ending else path.with_suffix("")
        name = "/".join(shown.parts[-self.depth :])
        match = self.expression.fullmatch(name)
        if match is None:
            raise InputError(
                f"the name {name!r} was skipped",
                f"it does not fit the pattern {self.template!r}",
                "correct the pattern or the name",
            )
        found = match.groupdict()
        time = None
        if self.time_format is not None:
            try:
                time = datetime.strptime(found["time"], self.time_format)
            except ValueError:
                raise InputError(
                    f"the name {name!r} was skipped",
                    f"{found['time']!r} is no time that exists",
                    "correct the name",
                ) from None
        return found.get("camera"), time


def compile_template(template: str) -> NameTemplate:
    """Make a reader of names like `gate_20240305-140700_17.jpg` from a template like theirs.

    `{camera}` is the camera, `{time:%Y%m%d-%H%M%S}` the time in strptime's letters, `{}` anything;
    all else must be there as written. With a slash the folders above are compared too
    (`{camera}/{time:%Y%m%d}/{}`). Without a file ending, any ending fits.

    Raises:
        InputError: the template cannot be used; the reason says which part.

    >>> from pathlib import PurePosixPath
    >>> compile_template("{camera}_{time:%Y%m%d-%H%M%S}_{}").read(
    ...     PurePosixPath("gate_20240305-140700_17.jpg"))
    ('gate', datetime.datetime(2024, 3, 5, 14, 7))
    """
    expression, seen, time_format, end = "", set[str](), None, 0
    for match in _FIELD.finditer(template):
        expression += _literal(template, template[end : match.start()])
        if match.start() == end and end > 0:
            raise _wrong(template, "two fields touch, so nobody can tell where one ends")
        name, _, layout = match[1].partition(":")
        end = match.end()
        if name in seen:
            raise _wrong(template, f"{{{name}}} stands in it twice")
        if name == "time":
            expression += f"(?P<time>{_time_expression(template, layout)})"
            time_format = layout
        elif layout or name not in ("", "camera"):
            raise _wrong(
                template, f"{match[0]} is no field; fields are {{camera}}, {{time:…}}, {{}}"
            )
        else:
            expression += "(?P<camera>[^/]+?)" if name else "[^/]*?"
        if name:
            seen.add(name)
    expression += _literal(template, template[end:])
    if not seen:
        raise _wrong(template, "it holds neither {camera} nor {time:…}")
    last = _FIELD.sub("", template).rsplit("/", 1)[-1]
    return NameTemplate(
        template, re.compile(expression), template.count("/") + 1, "." in last, time_format
    )


def _literal(template: str, text: str) -> str:
    if "{" in text or "}" in text:
        raise _wrong(template, "a brace is open or closed alone")
    return re.escape(text)


def _time_expression(template: str, layout: str) -> str:
    if not layout:
        raise _wrong(template, "{time} needs its layout, as in {time:%Y%m%d-%H%M%S}")
    expression, letters = "", iter(layout)
    for letter in letters:
        if letter != "%":
            expression += re.escape(letter)
            continue
        directive = next(letters, "")
        if directive not in _DIRECTIVES:
            known = " ".join(f"%{name}" for name in _DIRECTIVES)
            raise _wrong(template, f"%{directive} is no part of a time; parts are {known}")
        expression += _DIRECTIVES[directive]
    return expression


def _wrong(template: str, why: str) -> InputError:
    return InputError(
        f"the pattern {template!r} cannot be used",
        why,
        "write it like a file name, such as {camera}_{time:%Y%m%d-%H%M%S}_{}.jpg",
    )
