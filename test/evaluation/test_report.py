"""Reports count honestly and are always valid JSON."""

import json

import pytest

from vital_ros.evaluation.report import EpisodeRecord, percentiles, run_report, write_json


def record(outcome, **values):
    return EpisodeRecord(seed=1, outcome=outcome, reason="", **values)


def test_only_a_judged_success_counts():
    episodes = [record(o) for o in ("success", "failure", "timeout", "stopped", "cancelled", "error")]
    report = run_report({}, episodes)
    assert report["successes"] == 1
    assert report["count"] == 6
    assert [e.has_verdict for e in episodes] == [True, True, True, True, False, False]


def test_percentiles_are_milliseconds_over_all_ticks():
    assert percentiles([]) == {}
    assert percentiles([0.001, 0.002, 0.003])["p50_ms"] == pytest.approx(2.0)
    report = run_report({}, [record("success", lateness=[0.001]), record("failure", lateness=[0.003])])
    assert report["lateness"]["max_ms"] == pytest.approx(3.0)


def test_force_is_null_where_nothing_measures_it(tmp_path):
    report = run_report({}, [record("success")])
    assert report["max_force_n"] is None
    assert run_report({}, [record("success", max_force=3.0), record("failure")])["max_force_n"] == 3.0


def test_written_report_is_strict_json_even_without_episodes(tmp_path):
    write_json(tmp_path / "new" / "report.json", run_report({"task": "key_lock"}, []))
    loaded = json.loads((tmp_path / "new" / "report.json").read_text(), parse_constant=pytest.fail)
    assert loaded["success_rate"] is None
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["report.json"]
