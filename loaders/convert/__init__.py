"""Sources to tileset folders in child processes: cache, progress, cancel, many files at once."""

from loaders.convert.cache import Cache, CacheUsage, cache_folder, cache_usage, clear_cache
from loaders.convert.cluster import convert_on_cluster
from loaders.convert.gather import Gathered, Placed, gather, is_source_folder
from loaders.convert.job import convert
from loaders.convert.many import ManyListener, convert_many
from loaders.convert.options import ConvertEvent, ConvertOptions, PreviewReady, TileReady
from loaders.convert.report import ConvertReport
from loaders.processes import shutdown, warm_up

__all__ = [
    "Cache",
    "CacheUsage",
    "ConvertEvent",
    "ConvertOptions",
    "ConvertReport",
    "Gathered",
    "ManyListener",
    "Placed",
    "PreviewReady",
    "TileReady",
    "cache_folder",
    "cache_usage",
    "clear_cache",
    "convert",
    "convert_many",
    "convert_on_cluster",
    "gather",
    "is_source_folder",
    "shutdown",
    "warm_up",
]
