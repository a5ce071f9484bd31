"""The tests; a package, so that they find each other however pytest is started."""

import os

# The suite has a worker on each core: threads of the matrix library would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
