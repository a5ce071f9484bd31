"""Each layout, on a small generated copy."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any

import pytest

import core.datasets.flowers102 as flowers
from core.errors import LookalikeError
from core.protocols import PROTOCOLS, PUBLISHED, Pictures, Protocol, read_protocols
from tests.datasets.flower_files import describe, labels_file
from tests.protocols.layouts import buildings, revisited, revisited_truth, split_file


def paths_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.[jJ][pP][gG]"))


def read(name: str, folder: Path, paths: list[str] | None = None) -> tuple[Protocol, ...]:
    return read_protocols(name, folder, paths_in(folder) if paths is None else paths)


def asked(protocol: Protocol) -> dict[str, tuple[set[str], set[str]]]:
    """Right and junk of each query."""
    return {query.image: (set(query.right), set(query.junk)) for query in protocol.queries}


def test_gpr1200(tmp_path: Path) -> None:
    names = ["images/0_a.jpg", "images/0_b_1.jpg", "images/11_a.jpg", "images/desktop.jpg"]
    (protocol,) = read("gpr1200", tmp_path, names)
    assert protocol.gallery == tuple(names[:3])
    pair = {"images/0_a.jpg", "images/0_b_1.jpg"}
    # A query is right in its own ranking.
    assert asked(protocol)["images/0_a.jpg"] == (pair, set())
    assert asked(protocol)["images/11_a.jpg"] == ({"images/11_a.jpg"}, set())
    assert (list(protocol.measures), protocol.pictures) == (["mAP"], 12_000)


def test_holidays(tmp_path: Path) -> None:
    names = ["jpg1/100000.jpg", "jpg1/100001.jpg", "jpg2/100100.jpg", "jpg2/100102.jpg", "x.jpg"]
    (protocol,) = read("holidays", tmp_path, names)
    assert protocol.gallery == tuple(names[:4])
    assert asked(protocol) == {
        "jpg1/100000.jpg": (set(names[:2]), {names[0]}),
        "jpg2/100100.jpg": (set(names[2:4]), {names[2]}),
    }


def test_ukbench(tmp_path: Path) -> None:
    names = [f"full/ukbench{number:05}.jpg" for number in range(8)]
    (protocol,) = read("ukbench", tmp_path, names)
    assert asked(protocol) == {
        name: (set(names[number // 4 * 4 :][:4]), set()) for number, name in enumerate(names)
    }


def test_oxford5k(tmp_path: Path) -> None:
    (protocol,) = read("oxford5k", buildings(tmp_path))
    first, second = protocol.queries
    place = "oxbuild_images/"
    assert first.image == f"{place}all_souls_0.jpg"
    assert first.right == {f"{place}all_souls_{number}.jpg" for number in range(3)}
    assert (first.box, first.junk, first.missing) == ((4.5, 3.5, 90.0, 60.0), set(), 0)
    assert (second.right, second.missing) == ({f"{place}bodleian_1.jpg"}, 1)
    assert second.junk == {f"{place}bodleian_0.jpg"}
    assert len(protocol.gallery) == 6
    assert [one.value for one in protocol.published] == [0.6556, 0.6643, 0.6838, 0.6097, 0.7084]


def test_revisited_oxford(tmp_path: Path) -> None:
    easy, medium, hard = read("roxford5k", revisited(tmp_path))
    a, b = ([f"jpg/{letter}{number}.jpg" for number in range(3)] for letter in "ab")
    assert [one.name for one in (easy, medium, hard)] == [
        *("Revisited Oxford, easy", "Revisited Oxford, medium", "Revisited Oxford, hard"),
    ]
    qa, qb = "jpg/qa.jpg", "jpg/qb.jpg"
    assert asked(easy) == {qa: ({a[0]}, {a[1], a[2]}), qb: (set(), {b[0], b[1]})}
    assert asked(medium) == {qa: ({a[0], a[1]}, {a[2]}), qb: ({b[0]}, {b[1]})}
    assert asked(hard) == {qa: ({a[1]}, {a[0], a[2]}), qb: ({b[0]}, {b[1]})}
    # No query is searched.
    assert easy.gallery == (*a, *b[:2], "jpg/c0.jpg")
    assert easy.queries[0].box == (0, 0, 48, 64)
    missing = read("roxford5k", tmp_path, [path for path in paths_in(tmp_path) if path != a[0]])
    assert [one.queries[0].missing for one in missing] == [1, 1, 0]


def test_products(tmp_path: Path) -> None:
    (tmp_path / "Ebay_test.txt").write_text(
        "image_id class_id super_class_id path\n1 7 1 a_final/1_0.JPG\n2 7 1 a_final/1_1.JPG\n"
        "3 8 1 b_final/1_0.JPG\n"
    )
    names = ["a_final/1_0.JPG", "a_final/1_1.JPG", "b_final/1_0.JPG", "a_final/train.JPG"]
    (protocol,) = read("sop", tmp_path, names)
    assert asked(protocol)[names[0]] == (set(names[:2]), {names[0]})
    assert protocol.gallery == tuple(names[:3])
    assert list(protocol.measures) == ["Recall@1", "Recall@10", "Recall@100", "Recall@1000"]


def test_cub(tmp_path: Path) -> None:
    folder = tmp_path / "CUB_200_2011"
    folder.mkdir()
    names = ["100.A/a.jpg", "101.B/b_1.jpg", "101.B/b_2.jpg", "200.C/c.jpg"]
    lines = [f"{number} {name}\n" for number, name in enumerate(names, start=1)]
    (folder / "images.txt").write_text("".join(lines))
    (folder / "image_class_labels.txt").write_text("1 100\n2 101\n3 101\n4 200\n")
    paths = [f"CUB_200_2011/images/{name}" for name in names]
    (protocol,) = read("cub", tmp_path, paths)
    assert protocol.gallery == tuple(paths[1:])
    assert asked(protocol)[paths[1]] == (set(paths[1:3]), {paths[1]})
    assert list(protocol.measures) == ["Recall@1", "Recall@2", "Recall@4", "Recall@8"]


def test_flowers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split, labels = split_file([3, 4, 6]), labels_file([9, 9, 9, 8, 8, 9])
    monkeypatch.setattr(flowers, "_SPLIT_DIGEST", hashlib.md5(split).hexdigest())
    published = describe("imagelabels.mat", labels)
    monkeypatch.setattr(flowers, "LABELS", published)
    (tmp_path / ".download").mkdir()
    (tmp_path / ".download" / "imagelabels.mat").write_bytes(labels)
    (tmp_path / "setid.mat").write_bytes(split)
    paths = [f"{kind} x/image_{number:05}.jpg" for number, kind in enumerate("999889", start=1)]
    (protocol,) = read("flowers", tmp_path, paths)
    assert protocol.gallery == (paths[2], paths[3], paths[5])
    assert asked(protocol)[paths[2]] == ({paths[2], paths[5]}, {paths[2]})
    (tmp_path / "setid.mat").write_bytes(split + b"x")
    with pytest.raises(LookalikeError, match=r"setid\.mat as it was published.*checksum differs"):
        read("flowers", tmp_path, paths)


def test_a_table(tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text(
        "query,image,relevance,box\na.jpg,b.jpg,right,\na.jpg,c.jpg,junk,\n"
        "a.jpg,a.jpg,right,0 0 10 5.5\n"
    )
    (protocol,) = read(str(table), tmp_path, ["a.jpg", "b.jpg", "c.jpg"])
    whole, part = protocol.queries
    assert (protocol.name, whole.box, part.box) == ("mine", None, (0, 0, 10, 5.5))
    assert (whole.right, whole.junk) == ({"b.jpg"}, {"a.jpg", "c.jpg"})
    assert (part.right, part.junk) == ({"a.jpg"}, set())


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("query,image\na.jpg,b.jpg\n", "no column relevance"),
        ("query,image,relevance\na.jpg,x.jpg,right\n", "line 2: 'x.jpg' is not in the index"),
        ("query,image,relevance\na.jpg,b.jpg,maybe\n", "line 2: relevance 'maybe'"),
        ("query,image,relevance,box\na.jpg,b.jpg,right,1 2\n", "line 2: box '1 2'"),
    ],
)
def test_a_table_that_cannot_be_used(tmp_path: Path, lines: str, reason: str) -> None:
    table = tmp_path / "mine.csv"
    table.write_text(lines)
    with pytest.raises(LookalikeError, match=reason):
        read(str(table), tmp_path, ["a.jpg", "b.jpg"])


@pytest.mark.parametrize("name", PROTOCOLS)
def test_what_is_missing_is_said_in_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match=r"^Expected .* Received: [^\n]*$"):
        read(name, tmp_path, ["cats/1.jpg"])


def test_there_is_no_such_protocol(tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match=r"Expected a protocol of oxford5k, .*'oxford'"):
        read("oxford", tmp_path, ["a.jpg"])


@pytest.mark.parametrize(
    "change",
    [
        {"imlist": "a0"},
        {"imlist": ["a0"]},
        {"qimlist": ["qa"]},
        {"gnd": [{"easy": [0], "hard": [], "junk": [], "bbx": [1, 2]}] * 2},
        {"gnd": [{"easy": ["a0"], "hard": [], "junk": [], "bbx": [1, 2, 3, 4]}] * 2},
        {"gnd": 7},
    ],
)
def test_a_pickle_of_something_else_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    revisited(tmp_path)
    (tmp_path / "gnd_roxford5k.pkl").write_bytes(pickle.dumps(revisited_truth(**change)))
    with pytest.raises(LookalikeError, match=r"gnd_roxford5k\.pkl as it was published"):
        read("roxford5k", tmp_path)


def test_pictures_are_found_by_name() -> None:
    pictures = Pictures(["a/1.jpg", "b/1.jpg", "b/2.x.png"])
    assert pictures.find("b/1") == pictures.find("b/1.jpg") == "b/1.jpg"
    assert pictures.find("2.x") == pictures.find("images/2.x.png") == "b/2.x.png"
    assert pictures.find("3") is None
    with pytest.raises(LookalikeError, match="Expected one picture of the name '1'"):
        pictures.find("1")
    with pytest.raises(LookalikeError, match=r"'3\.jpg' of the data set in the index"):
        pictures["3.jpg"]


def test_every_published_figure_has_a_source() -> None:
    for figures in PUBLISHED.values():
        for figure in figures:
            assert figure.source and 0 < figure.value < 1 and figure.measure == "mAP"
