"""data/README.md describes the data files accurately."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import numpy as np

from data import csv_files, download
from data.dataset import Dataset

CARD = Path(csv_files.__file__).with_name("README.md")


def said(row: str) -> str:
    """The value in the card's table for a row."""
    found = re.search(rf"^\| {re.escape(row)} \| (.+) \|$", CARD.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"the card has no row “{row}”"
    return found[1]


def test_the_embedded_file_is_the_one_in_the_card() -> None:
    packed = csv_files.EMBEDDED.read_bytes()
    plain = gzip.decompress(packed)
    assert said("SHA-256") == f"`{hashlib.sha256(packed).hexdigest()}`"
    assert said("SHA-256, decompressed") == f"`{hashlib.sha256(plain).hexdigest()}`"
    assert said("Size") == f"{len(packed):,} bytes; decompressed {len(plain):,} bytes"


def test_the_counts_in_the_card_match_the_file(embedded: Dataset) -> None:
    assert said("Digits") == f"{len(embedded):,}: 500 of each of 0 to 9"
    assert np.bincount(embedded.labels).tolist() == [500] * 10


def test_no_digit_appears_twice_as_the_card_says(embedded: Dataset) -> None:
    assert said("Exact duplicates") == "none"
    assert len(np.unique(embedded.images, axis=0)) == len(embedded)


def test_the_embedded_file_can_be_recreated_byte_for_byte() -> None:
    """The gzip header (RFC 1952) holds neither a name nor a time, so packing depends on the content alone."""
    header = csv_files.EMBEDDED.read_bytes()[:10]
    flags, time, extra_flags = header[3], header[4:8], header[8]
    assert flags == 0
    assert time == bytes(4)
    assert extra_flags == 2, "not packed at the highest level"


def test_the_embedded_file_has_the_layout_of_write(embedded: Dataset) -> None:
    plain = gzip.decompress(csv_files.EMBEDDED.read_bytes())
    assert plain.startswith(b"label,pixel0,pixel1,")
    assert plain == csv_files.write(embedded.images, embedded.labels)


def test_the_default_split_matches_the_card(embedded: Dataset) -> None:
    dev, test = embedded.default_sizes
    card = " ".join(CARD.read_text(encoding="utf-8").split())
    train = len(embedded.split(0, dev, test).train)
    assert f"{dev} digits for dev and {test} for test; {train:,} remain for training" in card


def test_the_limits_in_the_card_match_the_code() -> None:
    card = CARD.read_text(encoding="utf-8")
    assert f"at most {csv_files.LIMIT_BYTES // 2**20} MB decompressed and {csv_files.LIMIT_ROWS:,} rows" in card


def test_the_files_and_mirrors_in_the_card_match_the_download() -> None:
    for file in download.MNIST_FILES:
        assert said(f"`{file.name}`") == f"{file.size:,} | `{file.sha256}`"
    card = CARD.read_text(encoding="utf-8")
    assert [card.index(f"`{home}`") for home in download.MIRRORS] == sorted(
        card.index(f"`{home}`") for home in download.MIRRORS
    )


def test_the_checksums_in_the_card_match_the_real_files(mnist_folder: Path) -> None:
    for file in download.MNIST_FILES:
        content = (mnist_folder / file.name).read_bytes()
        assert said(f"`{file.name}`") == f"{len(content):,} | `{hashlib.sha256(content).hexdigest()}`"


def test_the_embedded_digits_are_the_first_500_of_each_class_in_mnist(embedded: Dataset, mnist: Dataset) -> None:
    rows = np.concatenate([np.flatnonzero(mnist.labels == digit)[:500] for digit in range(10)])
    np.testing.assert_array_equal(embedded.images, mnist.images[rows])
    np.testing.assert_array_equal(embedded.labels, mnist.labels[rows])


def test_no_embedded_digit_is_in_mnist_s_test_set(embedded: Dataset, mnist: Dataset) -> None:
    assert mnist.test_images is not None
    test_set = {image.tobytes() for image in mnist.test_images}
    assert not test_set.intersection(image.tobytes() for image in embedded.images)
