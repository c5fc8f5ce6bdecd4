"""Measures a model on a rendered set: `python tools/measure_rendered.py MODEL SET`.

Prints the table of the model card: every kind of query against colour pictures, with counts.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from omnireid import load
from omnireid.people import RenderedSet
from omnireid.training import as_markdown, held_out_table

if __name__ == "__main__":
    rows = held_out_table(load(sys.argv[1]), RenderedSet(Path(sys.argv[2])))
    Console(width=200).print(as_markdown(rows), markup=False, highlight=False)
