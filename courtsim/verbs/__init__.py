"""The verbs of the package: what the command line does, from Python, typed."""

SEED = 20190222  # the default seed: fixed, printed, and of no meaning
