"""The remote index: images of a gallery in a collection of a Milvus server."""
