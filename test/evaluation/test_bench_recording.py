from vital_ros.evaluation import bench_recording


def test_with_and_without_take_turns_and_their_medians_are_compared(monkeypatch):
    asked = []

    def deploy(folder, episodes, argument):
        assert folder.is_dir()
        asked.append(argument)
        p99 = {"record:=true": [3.0, 9.0, 3.5], "record:=false": [2.0, 2.5, 8.0]}[argument][asked.count(argument) - 1]
        return {"tick_late_p50_ms": 0.2, "tick_late_p99_ms": p99, "ticks_skipped": 0}

    monkeypatch.setattr(bench_recording, "deploy", deploy)
    figures = bench_recording.measure()
    assert asked == ["record:=true", "record:=false"] * 3
    assert figures["recording_tick_late_p99_ms"] == 3.5 and figures["without_tick_late_p99_ms"] == 2.5
    assert figures["added_to_p99_ms"] == 1.0
