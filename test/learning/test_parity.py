"""Training's view of a recorded episode is what the live executor fed to the network, frame for frame."""

from pathlib import Path

import numpy as np

from vital_ros.learning.episode_samples import images_of, touch_of
from vital_ros.observation import ObservationSpec
from vital_ros.playback.recorded import IMAGE, TOUCH, RecordedEpisode

BAG = Path(__file__).parents[1] / "data" / "plug_socket"


def test_the_same_frames_and_readings_give_the_same_input():
    """The images are equal byte by byte, the touch but for the rounding of single precision."""
    episode = RecordedEpisode(BAG)
    spec = ObservationSpec.model_validate(episode.policy["observation"])
    camera, tactile = (episode.reader.stream(topic) for topic in (IMAGE, TOUCH))
    images = images_of(camera, np.array([step.seen[IMAGE] - 1 for step in episode.steps]), spec)
    readings = touch_of(episode.reader, tactile, spec)
    assert len(episode.steps) >= 20
    assert len({step.image for step in episode.steps}) >= 15  # otherwise equal proves little
    scale = np.asarray(spec.tactile_scale, dtype=np.float32)  # as learning.units divides
    for step, image in zip(episode.steps, images, strict=True):
        assert image.tobytes() == step.image
        touch = readings[step.seen[TOUCH] - 1].astype(np.float32) / scale
        np.testing.assert_allclose(touch, step.touch, rtol=1e-6, atol=1e-6)
    assert np.abs([step.touch for step in episode.steps]).max() > 0.01
