"""Node viewer: the graph's cameras and touch, on a page."""

import http.client
import json
import re
import stat
from array import array
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
from builtin_interfaces.msg import Time
from sensor_msgs.msg import Image
from vital_msgs.msg import EpisodeLabel, ExecutorStatus, Tactile

from vital_ros.camera.frame_socket import FrameServer
from vital_ros.nodes.images import to_image_msg

from .client import wait_until

MODULE = "vital_ros.nodes.viewer"
THIRD = "/camera/camera/color/image_raw"


@pytest.fixture
def viewer(spawn):
    """Start one on any port; a function that opens a path of its page."""
    opened = []

    def start(*parameters):
        words = ["port:=0", "task:=key_lock", *parameters]
        process = spawn(MODULE, "--ros-args", *(word for p in words for word in ("-p", p)))
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", process.wait_for_log("live view"))[1])

        def get(path):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", path)
            opened.append(connection)
            return connection.getresponse()

        get.port = port
        return get

    yield start
    for connection in opened:
        connection.close()


def first_picture(response):
    """RGB of the first JPEG of a stream."""
    length = 0
    while line := response.readline():
        if found := re.match(rb"Content-Length: (\d+)", line):
            length = int(found[1])
        if line == b"\r\n" and length:
            return cv2.imdecode(np.frombuffer(response.read(length), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    pytest.fail("the stream ended")


def state_with(response, *keys, line=""):
    """The first state that has all keys and says `line`."""
    while text := response.readline():
        if text.startswith(b"data: "):
            state = json.loads(text[6:])
            if all(key in state for key in keys) and line in state["line"]:
                return state
    pytest.fail("the stream ended")


def picture(grey):
    return to_image_msg(np.full((48, 64, 3), grey, np.uint8), "rgb8", Time(), "camera")


def touch(value):
    return Tactile(sensors=2, magnetometers=5, field=array("f", [value] * 30), temperature=array("f", [0.0] * 10))


def publish_often(client, message, topic, qos=10):
    """Ten times a second, for the rest of the test: a sensor's message may be lost while its reader is being found."""
    publisher = client.node.create_publisher(type(message), topic, qos)
    client.node.create_timer(0.1, lambda: publisher.publish(message))


def test_pictures_touch_and_state_reach_the_browser(viewer, client, latched):
    get = viewer()
    state, third, wrist = get("/state"), get("/third"), get("/wrist")
    publish_often(client, picture(200), THIRD)
    publish_often(client, picture(50), "/wrist_camera/image_raw")
    np.testing.assert_allclose(first_picture(third), 200, atol=3)
    np.testing.assert_allclose(first_picture(wrist), 50, atol=3)
    assert "pads" not in state_with(state)
    publish_often(client, touch(10.0), "/anyskin/baseline", latched)
    publish_often(client, touch(13.0), "/anyskin/tactile")
    policy = ExecutorStatus(phase=ExecutorStatus.LOCAL_POLICY, task="key_lock", step=7)
    publish_often(client, policy, "/policy/status", latched)
    seen = state_with(state, "pads", line="key_lock: local policy, step 7")
    while not any(seen["norms"]):  # the baseline is on its way
        seen = state_with(state, "pads")
    assert seen["pads"] == [[3.0] * 15] * 2 and seen["scale"] == 500
    assert seen["norms"] == pytest.approx([3 * 15**0.5] * 2, abs=0.1)
    publish_often(client, EpisodeLabel(success=False, reason="dropped"), "/episode/label")
    state_with(state, line="failed: dropped")


def test_nothing_is_read_while_nobody_looks(viewer, client):
    get = viewer()
    publisher = client.node.create_publisher(Image, THIRD, 5)
    third = get("/third")
    wait_until(publisher.get_subscription_count, "it does not subscribe")
    third.close()
    wait_until(lambda: not publisher.get_subscription_count(), "it goes on reading")


def test_a_camera_in_place_of_the_topic(viewer, tmp_path):
    server = FrameServer(tmp_path / "camera.sock")
    get = viewer(f"wrist:=sim:{tmp_path / 'camera.sock'}")
    wrist = get("/wrist")
    frame = np.full((128, 160, 3), 120, np.uint8)
    wait_until(lambda: server.clients, "it does not open the camera")
    for _ in range(30):
        server.send(frame, 0.0)
    np.testing.assert_allclose(first_picture(wrist), 120, atol=3)
    server.close()


def test_a_taken_port_is_one_line(viewer, spawn):
    get = viewer()
    second = spawn(MODULE, "--ros-args", "-p", f"port:={get.port}")
    assert second.wait() == 2
    assert re.fullmatch(rf"viewer: port {get.port} of 127.0.0.1 is not free: .*", second.output.strip())


def test_opened_to_other_hosts_it_needs_a_token_that_no_log_holds(spawn):
    process = spawn(MODULE, "--ros-args", "-p", "port:=0", "-p", "host:=0.0.0.0")
    file = Path(re.search(r"token is in (\S+)$", process.wait_for_log("live view"))[1])
    url = urlsplit(file.read_text().strip())
    token = url.query.removeprefix("token=")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and len(token) >= 43
    for path, status in (("/", 403), (f"/?token={token}", 200)):
        connection = http.client.HTTPConnection("127.0.0.1", url.port, timeout=60)
        connection.request("GET", path)
        assert connection.getresponse().status == status
        connection.close()
    assert process.interrupt() == 0
    assert token not in process.output and not file.exists()
