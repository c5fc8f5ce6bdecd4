"""The command line `omnireid`."""

from omnireid.cli.app import main

__all__ = ["main"]
