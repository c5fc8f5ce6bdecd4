"""Several reliability charts as one SVG file that needs no page around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import escape

from omnireid.evaluation.charts import HEIGHT, WIDTH, reliability_chart
from omnireid.evaluation.reliability import Reliability

COLUMNS = 3
MARGIN, GAP, TOP, NAME = 24, 30, 138, 56

# Plain colours, not variables: viewers of pictures know no page's style sheet, and the sheet is
# white in a dark viewer too, so that its ink can always be read.
STYLE = """
svg { overflow: visible; }
text { font: 16px system-ui, "Helvetica Neue", Arial, sans-serif; fill: #414b57; }
.heading { font-size: 28px; font-weight: 600; fill: #1b2430; }
.explained { font-size: 19px; }
.name { font-size: 21px; font-weight: 600; fill: #1b2430; }
.grid { stroke: #d8dee6; }
.guide { stroke: #5b6775; stroke-width: 1.5; stroke-dasharray: 5 4; }
.dot { fill: #0072b2; stroke: #fff; }
"""


def reliability_sheet(
    charts: Mapping[str, Reliability], title: str, explained: Sequence[str]
) -> str:
    """An SVG document: a chart for each name with its ECE and counts, in rows of three.

    `explained` are the lines below the title.
    """
    rows = -(-len(charts) // COLUMNS)
    width = 2 * MARGIN + COLUMNS * WIDTH + (COLUMNS - 1) * GAP
    height = TOP + rows * (NAME + HEIGHT + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(title)}</title><desc>{escape(' '.join(explained))}</desc>",
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{MARGIN}" y="44" class="heading">{escape(title)}</text>',
    ]
    parts += [
        f'<text x="{MARGIN}" y="{76 + 26 * number}" class="explained">{escape(line)}</text>'
        for number, line in enumerate(explained)
    ]
    for index, (name, bins) in enumerate(charts.items()):
        row, column = divmod(index, COLUMNS)
        x = MARGIN + column * (WIDTH + GAP)
        y = TOP + row * (NAME + HEIGHT + GAP)
        ece = f"ECE {bins.ece:.3f}, {sum(bins.counts):,} answers"
        chart = reliability_chart(bins.stated, bins.observed, bins.counts, title=f"{name}: {ece}")
        parts += [
            f'<text x="{x}" y="{y + 22}" class="name">{escape(name)}</text>',
            f'<text x="{x}" y="{y + 46}">{escape(ece)}</text>',
            f'<svg x="{x}" y="{y + NAME}" width="{WIDTH}" height="{HEIGHT}">{chart}</svg>',
        ]
    return "\n".join((*parts, "</svg>\n"))
