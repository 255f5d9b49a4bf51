"""Reads papers: what each names, claims and reports, with the sentence that says it.

A spaCy pipeline (`pipeline.cfg`) does the work on a Doc; `extract` turns papers into `Extraction` records.
"""

from __future__ import annotations

from kg.extract.gold import to_gold
from kg.extract.pipeline import load_pipeline
from kg.extract.reader import extract, extract_parallel
from kg.extract.version import VERSION

__all__ = ["VERSION", "extract", "extract_parallel", "load_pipeline", "to_gold"]
