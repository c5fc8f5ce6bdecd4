"""`python -m omnireid` is `omnireid`."""

from omnireid.cli import main

main()
