"""The form on disk: 3D Tiles 1.1 folders with Parquet tables, written and read here."""

from loaders.tileset.glb_read import read_glb
from loaders.tileset.glb_write import write_glb
from loaders.tileset.index import ObjectIndex
from loaders.tileset.layout import TileRef
from loaders.tileset.meta import WRITER_VERSION, Counts, Frame, SourceIdentity, TilesetMeta
from loaders.tileset.reader import Tileset, is_tileset_folder, tileset_folder_of
from loaders.tileset.report import Report
from loaders.tileset.writer import TilesetWriter, WrittenTile

__all__ = [
    "WRITER_VERSION",
    "Counts",
    "Frame",
    "ObjectIndex",
    "Report",
    "SourceIdentity",
    "TileRef",
    "Tileset",
    "TilesetMeta",
    "TilesetWriter",
    "WrittenTile",
    "is_tileset_folder",
    "read_glb",
    "tileset_folder_of",
    "write_glb",
]
