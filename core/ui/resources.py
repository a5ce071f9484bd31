"""What all sessions share: the model, the engine with the stacked matrix, the jobs."""

import importlib
import logging
import threading

import streamlit as st

from ..config import Settings
from ..engine import ImageSearchEngine
from ..errors import LookalikeError
from ..feature_store import IndexSnapshot
from ..jobs import Jobs, SearchQueue
from ..media import DiskCache, thumbnail_cache
from ..model import FeatureExtractor, VGG16Network, Weights, vgg16_extractors
from ..types import FeatureSpace

logger = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False, max_entries=1)
def network(weights: Weights, layer: str, size: int, precision: str) -> VGG16Network:
    """The VGG16 model; loaded by its first use."""
    return VGG16Network(weights, layer, size, precision, resident=True)


def feature_extractor(weights: Weights, space: FeatureSpace, precision: str) -> FeatureExtractor:
    """The extractor of a feature space, with the model of this server."""
    return vgg16_extractors(network)(weights, space, precision)


@st.cache_resource(show_spinner=False)
def engine() -> ImageSearchEngine:
    """The search engine, which holds the stacked feature matrix.

    It takes over newer indexes by itself, so this cache is never cleared.
    """
    return ImageSearchEngine(Settings.from_environment(), make_extractor=feature_extractor)


@st.cache_resource(show_spinner=False, on_release=lambda jobs: jobs.close())
def jobs() -> Jobs:
    """The jobs of this server."""
    return Jobs(engine())


def newest_snapshot(gallery: str | None = None) -> IndexSnapshot | None:
    """The index of a gallery, or of the current one; while the first is made, its first look."""
    name = engine().gallery_name(gallery)
    return jobs().indexing.first_look if name is None else engine().snapshot(name)


def index_key(snapshot: IndexSnapshot) -> tuple[object, ...]:
    """What tells an index from all others, for what is kept of one."""
    library, space = bytes(snapshot.library), snapshot.space.name
    return library, space, snapshot.generation, snapshot.published_at


@st.cache_resource(show_spinner=False)
def search_queue() -> SearchQueue:
    """The queue of the searches of this server."""
    return SearchQueue()


@st.cache_resource(show_spinner=False)
def picture_cache() -> DiskCache:
    """The cache of thumbnails and converted pictures."""
    return thumbnail_cache(engine().settings.features)


@st.cache_resource(show_spinner=False)
def page_shown() -> threading.Event:
    """Whether this server has shown a page to anybody."""
    return threading.Event()


def warm_up() -> None:
    """Load in the background what pages need, then the model where there is an index to search.

    The model waits for the first page: beside it, the page would take twice as long.
    """

    def load() -> None:
        # Takes as long as the browser takes to load Streamlit's own files.
        importlib.import_module("pandas")
        try:
            snapshot = newest_snapshot()
            page_shown().wait()
            if snapshot:
                engine().load()
        except LookalikeError as error:
            # The search page shows the error.
            logger.warning("The model is not ready: %s", error)

    threading.Thread(target=load, name="warm-up", daemon=True).start()
