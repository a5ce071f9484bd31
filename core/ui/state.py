"""Keys of ``st.session_state``, which holds what is remembered for one browser tab.

A widget has a key of its own here where code reads or sets its value.
"""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def once(key: str, of: object, make: Callable[[], T]) -> T:
    """What ``make`` returns, which is called where ``of`` is another value than the last time."""
    last = st.session_state.get(key)
    if last is None or last[0] != of:
        last = st.session_state[key] = (of, make())
    value: T = last[1]
    return value


def count_up(key: str) -> int:
    """Add one to a number of the session, at first 0, and return it."""
    number: int = st.session_state.get(key, 0) + 1
    st.session_state[key] = number
    return number


# The question: what is searched with.

# dict[str, tuple[Query, ...]]: uploaded pictures by their name in the address, oldest first.
UPLOADS = "uploads"
# int: the number of uploads so far; the next one is named after it.
UPLOAD_COUNT = "upload_count"
# int: the number of uploaders and cameras so far; each file gets a new one.
UPLOADER_COUNT = "uploader_count"
# bool: whether the camera is on.
CAMERA = "camera"
# str: Markdown that says why a file was not taken.
UPLOAD_PROBLEM = "upload_problem"
# dict[tuple[str, bool], Query]: images of the gallery by id, and whether they are seen in full.
GALLERY_QUERIES = "gallery_queries"
# tuple[Query, ...]: what the search page asked with last; a single picture as it was cropped.
QUERIES = "queries"
# dict[str, Selection]: images to search among by their name in the address, oldest first.
SELECTIONS = "selections"
# int: the number of selections so far; the next one is named after it.
SELECTION_COUNT = "selection_count"
# Components that send what was done with the pictures.
QUERY_EDITOR = "query_editor"
QUERY_LIST = "query_list"
# str: how several pictures are combined.
COMBINATION = "combination"

# The address of the search page.

# SearchAddress: the one that was last shown.
SEARCH_ADDRESS = "search_address"
# bool: whether another page was shown since.
LEFT_SEARCH = "left_search"
# str: the filters of the address when they were last shown, or set by a widget.
FILTERS = "filters"
# int: how often the address had others, as after Back.
FILTERS_REPLACED = "filters_replaced"


def filter_widget(name: str, replaced: int = 0) -> str:
    """Key of the widget that sets a field of the address, a new one for replaced filters."""
    return f"filter_{name}_{replaced}"


# The answer.

# tuple: what was asked, and its SearchResult.
ANSWER = "answer"
# The component that shows the matches and sends what was done with them.
MATCHES = "matches"
# int: how often a picture of a grid was asked with, or refused as one too many.
QUESTIONS_TAKEN = "questions_taken"
# int: the number of the last marks that the server has from the browser.
MARKS_RECEIVED = "marks_received"
# tuple[str, str]: the id of the pictures of the question, and their data address.
QUERY_ADDRESS = "query_address"
# str: the id of the match that is explained.
EXPLAINED = "explained"
# tuple: the question and the index, and the Explainer of its matches.
EXPLAINER = "explainer"


def distance_table(answer_key: str) -> str:
    """Key of the table of an answer."""
    return f"table_{answer_key}"


# Looking around.

# dict[str, str]: the parameters of the address of the Explore page when it was last shown.
EXPLORE_ADDRESS = "explore_address"
# bool: whether another page was shown since.
LEFT_EXPLORE = "left_explore"
# str: the view of the Explore page.
EXPLORE_VIEW = "explore_view"
# The component that shows the map.
MAP = "map"
# tuple: the query that stands on the map, and how close each picture is to it.
MAP_QUERY = "map_query"
# tuple[str, ...]: ids of the pictures that were chosen on the map.
CHOSEN = "chosen"
# SearchAddress: the one that is gone to next.
NEXT_SEARCH = "next_search"

# Galleries and jobs.

# str: the gallery that this tab searches.
GALLERY = "gallery"
# int: the job that this tab started; its gallery is shown when it ends.
STARTED_JOB = "started_job"
# Path: the folder of a sample that this tab asked for; its first image is searched with.
STARTED_SAMPLE = "started_sample"


def watched_job(name: str) -> str:
    """Key of the number of the task that this tab follows of a kind of job."""
    return f"watched_{name}"


# Duplicates.

# str: the folder whose images are kept of each set, or that of the best image.
KEEP_FOLDER = "keep_folder"
# int: the page of the sets that is shown, from 1.
DUPLICATES_PAGE = "duplicates_page"
# tuple: the index and what was found last, and the sets of duplicates.
KNOWN_SETS = "known_sets"
# dict[tuple[str, str], list[str]]: paths of the images that are ticked, by library and set, where
# that was changed.
TICKED = "ticked"
# int: the number of the last ticks that the server has from the browser.
TICKS_RECEIVED = "ticks_received"
# The component that shows the sets and sends what was done with them.
DUPLICATE_SETS = "duplicate_sets"

# How it works.

# tuple: the picture and the feature space, and the Activations of the picture.
ACTIVATIONS = "activations"
# dict[tuple, Nearest]: of the picture as it is, and as it was changed last.
NEAREST = "nearest"


def tile_grid(name: str) -> str:
    """Key of the component that shows a grid of small pictures."""
    return f"tiles_{name}"


def picked_tile(name: str) -> str:
    """Key of the number of the tile that was picked in a grid."""
    return f"picked_{name}"
