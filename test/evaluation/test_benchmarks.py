"""The registry behind `./vital bench`: what is measured is reported with its median and all values."""

import json

from vital_ros.cli import main
from vital_ros.evaluation import bench_start, benchmarks


def test_every_benchmark_can_be_called():
    assert {"cell", "deploy", "start"} <= set(benchmarks.names())
    assert "benchmarks" not in benchmarks.names()


def test_median_beside_all_values_in_order(monkeypatch):
    runs = iter([3.0, 1.0, 2.0])
    monkeypatch.setattr(bench_start, "measure", lambda: {"check_s": next(runs)})
    assert benchmarks.measure("start", 3) == {"check_s": {"median": 2.0, "values": [3.0, 1.0, 2.0]}}


def test_json_goes_to_the_file(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench_start, "measure", lambda: {"check_s": 0.05})
    file = tmp_path / "figures.json"
    assert main.main(["bench", "start", "--repeats", "1", "--json", str(file)]) == 0
    assert json.loads(file.read_text())["figures"]["start"]["check_s"]["median"] == 0.05
    assert capsys.readouterr().out == ""


def test_a_failing_benchmark_is_one_line(monkeypatch, capsys):
    def fail():
        raise RuntimeError("deploy ended with exit code 3")

    monkeypatch.setattr(bench_start, "measure", fail)
    assert main.main(["bench", "start"]) == 3
    assert capsys.readouterr().err == "vital bench: deploy ended with exit code 3\n"
