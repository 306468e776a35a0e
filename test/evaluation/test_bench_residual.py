from vital_ros.evaluation import bench_residual


def test_figures(monkeypatch):
    small = {"EPISODES": 2, "TICKS": 5, "VIEWS": 2, "FEATURES": 8, "WARM_UP": 1, "STEPS": 2}
    for name, value in small.items():
        monkeypatch.setattr(bench_residual, name, value)
    figures = bench_residual.measure()
    kinds = ("step_ms", "step_cpu_ms", "drawing_cpu_ms")
    assert figures.keys() == {f"{precision}_{kind}" for precision in ("bf16", "fp32") for kind in kinds}
    assert all(value > 0 for value in figures.values())
