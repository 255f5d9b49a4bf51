"""Survey packs: all that stands behind an answer in one folder, for whoever writes about it."""

from kg.pack.contents import Contents, Snapshot, gather
from kg.pack.files import Pack, pack_of
from kg.pack.folder import check_target, write_pack, zip_pack

__all__ = [
    "Contents",
    "Pack",
    "Snapshot",
    "check_target",
    "gather",
    "pack_of",
    "write_pack",
    "zip_pack",
]
