"""The search speed table has a row for every contender, with the correct ratios."""

import re

import pytest

from benchmarks import search

pytestmark = pytest.mark.slow


def test_each_number_of_workers_has_a_row_beside_one_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(search, "L2S", (0.0,))
    assert search.main(["--epochs", "1", "--rounds", "1"]) == 0
    rows = re.findall(r"^\| ([^|]+) \| ([\d,]+) \| ([\d.]+) \(", capsys.readouterr().out, re.MULTILINE)
    assert [name for name, _, _ in rows] == ["1 process", "2 processes", "Dask, 1", "Dask, 2"]
    assert rows[0][2] == "1.00"
    for _, rate, ratio in rows[1:]:
        assert float(ratio) == pytest.approx(int(rate.replace(",", "")) / int(rows[0][1].replace(",", "")), rel=0.05)
