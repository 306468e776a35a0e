"""The registry behind `./vital bench`: what is measured is reported with its median and all values."""

import json

from vital_ros.cli import main
from vital_ros.evaluation import bench_deploy, bench_start, benchmarks


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


def test_a_failing_benchmark_is_one_line_and_costs_no_other(monkeypatch, tmp_path, capsys):
    def fail():
        raise RuntimeError("deploy ended with exit code 3")

    monkeypatch.setattr(bench_start, "measure", lambda: {"check_s": 0.05})
    monkeypatch.setattr(bench_deploy, "measure", fail)
    file = tmp_path / "new" / "figures.json"
    assert main.main(["bench", "start", "deploy", "--json", str(file)]) == 3
    assert capsys.readouterr().err == "vital bench: deploy: deploy ended with exit code 3\n"
    assert list(json.loads(file.read_text())["figures"]) == ["start"]
