from vital_ros.evaluation import bench_train


def test_figures(monkeypatch):
    for name, value in {"BATCH": 2, "WARM_UP": 1, "ALONE": 3, "TOGETHER": 4, "EPISODES": 2, "TICKS": 5}.items():
        monkeypatch.setattr(bench_train, name, value)
    figures = bench_train.measure()
    assert figures.keys() == {"images_per_s", "images_per_cpu_s", "input_share_percent"}
    assert all(value > 0 for value in figures.values())
