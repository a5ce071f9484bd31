"""Keys of ``st.session_state``, which holds what is remembered for one browser tab.

A widget has a key of its own here where code reads or sets its value.
"""

from __future__ import annotations

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
# Query: the single picture, cropped and turned as the address says.
FRAMED_QUERY = "framed_query"
# Components that send what was done with the pictures.
QUERY_EDITOR = "query_editor"
QUERY_LIST = "query_list"
# str: how several pictures are combined.
COMBINATION = "combination"

# The address of the search page.

# dict[str, list[str]]: its parameters when it was last shown.
SEARCH_ADDRESS = "search_address"
# bool: whether another page was shown since.
LEFT_SEARCH = "left_search"


def filter_widget(name: str) -> str:
    """Key of the widget that sets a parameter of the address."""
    return f"filter_{name}"


# The answer.

# tuple: what was asked, and its SearchResult.
ANSWER = "answer"
# The component that shows the matches and sends what was done with them.
MATCHES = "matches"
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


# Galleries and jobs.

# str: the gallery that this tab searches.
GALLERY = "gallery"
# int: the job that this tab started; its gallery is shown when it ends.
STARTED_JOB = "started_job"
# Path: the folder of a sample that this tab asked for; its first image is searched with.
STARTED_SAMPLE = "started_sample"
# int: the indexing job whose progress this tab shows; its outcome is shown once.
WATCHED_JOB = "watched_job"
# int: the same of the measurement of quality.
WATCHED_MEASUREMENT = "watched_measurement"


def watch_switch(gallery: str) -> str:
    """Key of the switch that watches the folder of a gallery."""
    return f"watch_{gallery}"


def folder_path(chooser: str) -> str:
    """Key of the path in a folder chooser."""
    return f"{chooser}_path"


def folder_target(chooser: str) -> str:
    """Key of the folder that is gone to next in a folder chooser."""
    return f"{chooser}_target"


# How it works.

# tuple: the picture and the feature space, and the Activations of the picture.
ACTIVATIONS = "activations"
# dict[tuple, Nearest]: of the picture as it is, and as it was changed last.
NEAREST = "nearest"


def tile_grid(name: str) -> str:
    """Key of the component that shows a grid of small pictures."""
    return f"tiles_{name}"


def drawing(name: str) -> str:
    """Key of the component that shows a drawing."""
    return f"drawing_{name}"


def picked_tile(name: str) -> str:
    """Key of the number of the tile that was picked in a grid."""
    return f"picked_{name}"
