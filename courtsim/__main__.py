"""`python -m courtsim`."""

from courtsim.cli.commands import main

main()
