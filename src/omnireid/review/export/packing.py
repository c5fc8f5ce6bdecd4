"""The export put together: one ZIP, the same bytes for the same case at the same time."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from omnireid.review.export.gathering import Contents
from omnireid.review.export.manifest import manifest, sha256
from omnireid.review.export.naming import (
    MANIFEST,
    REPORT,
    SUMS,
    TABLE,
    archive_name,
    picture_name,
)
from omnireid.review.export.report import report
from omnireid.review.export.table import table


@dataclass(frozen=True)
class Export:
    """A finished export."""

    name: str
    archive: bytes
    report: bytes
    manifest_sha256: str
    archive_sha256: str


def pack(contents: Contents) -> Export:
    """Write the export of a case."""
    files = {
        picture_name(exhibit.number): exhibit.picture.jpeg
        for exhibit in contents.exhibits
        if exhibit.picture is not None
    }
    files[TABLE] = table(contents)
    files[MANIFEST] = manifest(contents, files)
    digest = sha256(files[MANIFEST])
    files[REPORT] = report(contents, digest)
    files[SUMS] = "".join(
        f"{sha256(data)}  {name}\n" for name, data in sorted(files.items())
    ).encode()
    archive = _archive(contents, files)
    day = f"{contents.local(contents.exported):%Y%m%d}"
    return Export(
        archive_name(contents.case.reference, day),
        archive,
        files[REPORT],
        digest,
        sha256(archive),
    )


def _archive(contents: Contents, files: dict[str, bytes]) -> bytes:
    moment = contents.local(contents.exported)
    # ZIP has no time zone and begins in 1980.
    stamp = (max(moment.year, 1980), *moment.timetuple()[1:6])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, stamp)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            method = zipfile.ZIP_STORED if name.endswith(".jpg") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, method, compresslevel=6)
    return buffer.getvalue()
