"""The version of the extraction, part of each evidence: raised when components, wording or weights change."""

VERSION = "0.5.1"
