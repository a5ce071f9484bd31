"""What is damaged in the detail index of a gallery."""

from ..errors import FeatureStoreError
from ..feature_store import IndexSnapshot
from ..types import Damage
from .detail_store import INDEX_NAME, DetailStore
from .gallery_details import FOLDER_NAME


def find_detail_damage(store: DetailStore, snapshot: IndexSnapshot) -> tuple[Damage, ...]:
    """What is damaged, which ``update_details`` makes anew; nothing where there is no index.

    The codes of each picture must belong to the index of the gallery.
    """
    try:
        published = store.published()
        if published is None:
            return ()
        table, checksums = store.table(published)
        store.compression(published.compression)
    except FeatureStoreError:
        problem = "the detail index or one of its files is missing or damaged"
        return (Damage(f"{FOLDER_NAME}/{INDEX_NAME}", problem),)
    ids = [table.ids[row].decode() for row in table.damaged_rows(checksums)]
    records = [record for one in ids if (record := snapshot.with_id(one))]
    problem = "the description of its parts is not the one that was saved"
    return tuple(Damage(record.path, problem) for record in records)
