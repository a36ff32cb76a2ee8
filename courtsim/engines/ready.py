"""Imported by the process that others are forked from, before it forks: what numba compiled is read once, for all of them."""

from courtsim.engines.sample import Sampler
from courtsim.engines.sampled import Span
from courtsim.files.load import load

Sampler(load("two-track"), seed=1).block(Span(1, 1))
