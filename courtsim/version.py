"""The version of the program, which every result and every stored run carries."""

__version__ = "0.1.0"
