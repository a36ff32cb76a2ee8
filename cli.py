"""Runs courtsim from a checkout: `python cli.py run jupiter-2019-as-it-happened`."""

from courtsim.cli.commands import main

if __name__ == "__main__":
    main()
