"""Work that outlives a page and a process: a durable queue of ingest jobs."""

from omnireid.jobs.likeness import Member, likeness_groups
from omnireid.jobs.options import (
    FolderOptions,
    NearDuplicatesOptions,
    NotesOptions,
    Options,
    ReindexOptions,
    VideoOptions,
    read_options,
)
from omnireid.jobs.queue import JobQueue
from omnireid.jobs.reading import Preview, preview_notes
from omnireid.jobs.reading_child import Limits
from omnireid.jobs.reports import report_lines
from omnireid.jobs.staging import Staging
from omnireid.jobs.storing import Filled, fill
from omnireid.jobs.supervision import WorkerProcess, stop_when_input_ends
from omnireid.jobs.values import ENDED, Job, Listed, Result, State, Trouble
from omnireid.jobs.watching import Watch, Watcher, Watches, keep_watching
from omnireid.jobs.worker import follow, work_off

__all__ = [
    "ENDED",
    "Filled",
    "FolderOptions",
    "Job",
    "JobQueue",
    "Limits",
    "Listed",
    "Member",
    "NearDuplicatesOptions",
    "NotesOptions",
    "Options",
    "Preview",
    "ReindexOptions",
    "Result",
    "Staging",
    "State",
    "Trouble",
    "VideoOptions",
    "Watch",
    "Watcher",
    "Watches",
    "WorkerProcess",
    "fill",
    "follow",
    "keep_watching",
    "likeness_groups",
    "preview_notes",
    "read_options",
    "report_lines",
    "stop_when_input_ends",
    "work_off",
]
