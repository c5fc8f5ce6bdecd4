"""Rendered people: bodies, garments, scenes, three renderings, captions in two languages."""

from omnireid.people.attributes import Garment, Person
from omnireid.people.captions import Captions, captions
from omnireid.people.rendered import RenderedSet, RenderedView
from omnireid.people.rendering import render
from omnireid.people.sampling import sample_person
from omnireid.people.stream import StreamedView, stream
from omnireid.people.table import write_table
from omnireid.people.variety import Variety, measure_variety
from omnireid.people.variety_page import write_report

__all__ = [
    "Captions",
    "Garment",
    "Person",
    "RenderedSet",
    "RenderedView",
    "StreamedView",
    "Variety",
    "captions",
    "measure_variety",
    "render",
    "sample_person",
    "stream",
    "write_report",
    "write_table",
]
