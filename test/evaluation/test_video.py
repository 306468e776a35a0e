"""Videos can be read back."""

import av
import numpy as np

from vital_ros.evaluation.video import compose, write_video


def test_written_frames_come_back(tmp_path):
    wrist, third = np.full((128, 160, 3), 200, np.uint8), np.zeros((480, 640, 3), np.uint8)
    frames = [compose(wrist, third, [float(k) for k in range(n)], 600.0, f"step {n}") for n in range(12)]
    write_video(tmp_path / "episode.mp4", frames, 10.0)
    with av.open(str(tmp_path / "episode.mp4")) as container:
        decoded = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    assert len(decoded) == 12
    assert abs(float(decoded[0][40, 40].mean()) - 200) < 10  # wrist view on the left
    assert float(decoded[0][40, 340:600].mean()) < 10  # third view beside it


def test_no_frames_write_no_file(tmp_path):
    write_video(tmp_path / "none.mp4", [], 10.0)
    assert list(tmp_path.iterdir()) == []
