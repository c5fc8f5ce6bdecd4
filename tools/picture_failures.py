"""Pictures of what a model gets wrong: `python tools/picture_failures.py MODEL SET OUT.jpg`.

For each single modality the three queries whose own person comes last among the colour pictures of
a rendered set: the query, the person's own picture with its rank, and the three that came first.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from omnireid import load
from omnireid.observation import Modality
from omnireid.people import RenderedSet, RenderedView
from omnireid.training.held_out import observe, split_views

WIDTH, HEIGHT, GAP, WORST, SHOWN = 64, 128, 6, 3, 3
COLUMN = (SHOWN + 2) * (WIDTH + GAP) + 3 * GAP


def query_picture(rendered: RenderedSet, view: RenderedView, modality: Modality) -> Image.Image:
    """The query as a picture; words as lines of text."""
    if modality is not Modality.TEXT:
        return rendered.picture(view, modality).convert("RGB").resize((WIDTH, HEIGHT))
    page = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw, line, y = ImageDraw.Draw(page), "", 2
    for word in [*view.captions_en[0].split(), ""]:
        if line and (not word or draw.textlength(f"{line} {word}") > WIDTH - 4):
            draw.text((2, y), line, fill="black")
            line, y = "", y + 10
        line = f"{line} {word}".strip()
    return page


def main(model: str, folder: str, out: str) -> None:
    """Draw the sheet."""
    encoder, rendered = load(model), RenderedSet(Path(folder))
    gallery, queries = split_views(rendered)
    held = encoder.encode([observe(rendered, v, (Modality.RGB,), 0) for v in gallery])
    ids = np.array([v.identity for v in gallery])
    sheet = Image.new("RGB", (2 * COLUMN, 2 * (WORST * (HEIGHT + GAP) + 24)), "#e8eaee")
    draw = ImageDraw.Draw(sheet)
    for place, modality in enumerate(Modality):
        asked = encoder.encode([observe(rendered, v, (modality,), 0) for v in queries])
        order = np.argsort(-(asked @ held.T), axis=1, kind="stable")
        ranks = np.array(
            [(ids[row] == v.identity).argmax() for row, v in zip(order, queries, strict=True)]
        )
        left = (place % 2) * COLUMN + GAP
        top = (place // 2) * (WORST * (HEIGHT + GAP) + 24) + 20
        draw.text((left, top - 16), f"{modality}: query | own, with its rank | first", fill="black")
        for row, query in enumerate(np.argsort(-ranks, kind="stable")[:WORST]):
            own = order[query][ranks[query]]
            shown = [
                rendered.picture(gallery[k], Modality.RGB) for k in (own, *order[query][:SHOWN])
            ]
            y = top + row * (HEIGHT + GAP)
            sheet.paste(query_picture(rendered, queries[query], modality), (left, y))
            for column, picture in enumerate(shown, 1):
                x = left + column * (WIDTH + GAP) + (GAP if column > 1 else 0)
                sheet.paste(picture.resize((WIDTH, HEIGHT)), (x, y))
            draw.text((left + WIDTH + GAP + 3, y + 2), str(ranks[query] + 1), fill="red")
    sheet.save(out, quality=85)


if __name__ == "__main__":
    main(*sys.argv[1:4])
