"""The pages of cases: lists, one case, reviewing by keyboard, adding from a search, export."""

from omnireid.service.review.casepages import router as cases
from omnireid.service.review.collecting import router as collecting
from omnireid.service.review.exporting import router as exporting
from omnireid.service.review.reviewing import router as reviewing

ROUTERS = (collecting, exporting, reviewing, cases)

__all__ = ["ROUTERS"]
