"""Golden events: a stored record of every type and version, kept for ever (`libs/events/tests/golden`).

A file is never edited; `SHA256SUMS` shows it if one is. A new type, version or field gets a new file:

    python -m siaga_events.golden new CallRouted               # drafts CallRouted.v1.json: look over its values
    python -m siaga_events.golden new CallRouted --what depth  # a field was added: CallRouted.v1.depth.json
    python -m siaga_events.golden seal                         # notes the sums of new files

While no release has written a version, its type may still change: `new CallRouted --unreleased` drafts its file anew,
and `new --unreleased` those of all types that changed.
"""

from __future__ import annotations

from siaga_events.golden.drafts import draft
from siaga_events.golden.files import SUMS, Golden, altered, folder, forget, load, load_all, seal, unsealed
from siaga_events.golden.gaps import gaps

__all__ = [
    "SUMS",
    "Golden",
    "altered",
    "draft",
    "folder",
    "forget",
    "gaps",
    "load",
    "load_all",
    "seal",
    "unsealed",
]
