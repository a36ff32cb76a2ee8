"""Runs courtsim from a checkout: `python cli.py run two-track`."""

from courtsim.cli.commands import main

if __name__ == "__main__":
    main()
