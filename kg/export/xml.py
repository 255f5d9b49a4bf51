"""What XML can hold."""

from __future__ import annotations

import re

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document can hold."""


def xml_text(text: str) -> str:
    """Return the text with a replacement mark for each character that XML cannot hold."""
    return NOT_XML.sub("\ufffd", text)
