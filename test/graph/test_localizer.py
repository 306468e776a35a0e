"""localizer as a real process before a camera played by the test's node."""

import shutil

import cv2
import numpy as np
import pytest
import yaml
from geometry_msgs.msg import TransformStamped
from sensor_msgs.msg import Image
from tf2_msgs.msg import TFMessage
from vital_msgs.srv import Localize

from vital_ros.config import share_directory

from ..localization.chat_server import ChatServer, completion
from .third_camera import ALL, COLOR, DEPTH, Camera


@pytest.fixture
def chat_server():
    server = ChatServer()
    yield server
    server.close()


@pytest.fixture
def camera(client):
    return Camera(client.node)


@pytest.fixture
def localizer(spawn, client):
    process = spawn("vital_ros.nodes.localizer", "--ros-args", "-p", "timeout:=3.0")
    client.bring_up("localizer")
    return process


def ask(client, query="key lock"):
    return client.call(Localize, "/localize", Localize.Request(query=query))


@pytest.mark.parametrize("encoding", ["16UC1", "32FC1"])
def test_finds_the_lock_in_link_base(camera, localizer, client, encoding, latched):
    camera.encoding = encoding
    answer = ask(client)
    assert answer.success, answer.message
    np.testing.assert_allclose([answer.u, answer.v], camera.pixel, atol=0.6)
    p = answer.pose.pose.position
    np.testing.assert_allclose([p.x, p.y, p.z], camera.truth(), atol=2e-3)
    assert answer.pose.header.frame_id == "link_base"
    assert answer.confidence > 0.9
    assert answer.wait_time > 0 and answer.pointing_time > 0 and answer.projection_time > 0
    marked = client.wait_for_message(Image, "/localizer/debug_image", qos=latched)
    assert marked.encoding == "rgb8" and bytes(marked.data) != camera.image.tobytes()
    assert localizer.interrupt() == 0


def test_reads_images_only_while_somebody_asks(camera, localizer, client):
    assert client.node.count_subscribers(COLOR) == 0
    assert ask(client).success
    assert ask(client, "keyhole").success
    assert client.node.count_subscribers(COLOR) == 0


@pytest.mark.parametrize(
    ("silent", "complaint"),
    [
        ({"color"}, f"no image on {COLOR} within 3 s"),
        ({"depth"}, f"no image on {DEPTH} (realsense2_camera needs align_depth.enable:=true) within 3 s"),
        ({"color", "depth"}, f"no image on {COLOR} and {DEPTH}"),
        ({"info"}, "no calibration on /camera/camera/color/camera_info within 3 s"),
    ],
)
def test_a_silent_topic_is_named(camera, localizer, client, silent, complaint):
    camera.silent = silent
    answer = ask(client)
    assert not answer.success and complaint in answer.message


def test_a_calibration_for_images_of_another_size(camera, localizer, client):
    camera.info_width = 1280
    answer = ask(client)
    assert (
        not answer.success and "the calibration is for images of 1280 x 480 px, they have 640 x 480" in answer.message
    )


def test_images_that_were_not_taken_together_are_no_pair(camera, localizer, client):
    camera.delay = -100.0  # two clocks
    answer = ask(client)
    assert not answer.success
    assert "never came closer than" in answer.message and "50 ms are allowed" in answer.message


def test_says_what_it_knows_and_what_it_does_not_see(camera, localizer, client):
    answer = ask(client, "tea pot")
    known = "block, card machine, key lock, plug socket, usb socket"
    assert not answer.success and answer.message == f"unknown query 'tea pot'; registered objects: {known}"
    cv2.rectangle(camera.image, (0, 0), (639, 479), (10, 120, 40), -1)
    answer = ask(client)
    assert not answer.success and "not found" in answer.message


def black(image):
    image.data = bytes(len(image.data))


def torn(image):
    image.data = bytes(image.data)[:1000]


def empty(*messages):
    for message in messages:
        message.width = message.height = 0
        if isinstance(message, Image):
            message.step, message.data = 0, b""


SPOILED = {
    "no depth at pixel": lambda color, depth, info: black(depth),
    "the depth image has 640 x 240 px, the colour image 640 x 480": lambda color, depth, info: setattr(
        depth, "height", 240
    ),
    "depth images come as 8UC1": lambda color, depth, info: setattr(depth, "encoding", "8UC1"),
    "not a camera matrix": lambda color, depth, info: setattr(info, "k", [0.0] * 9),
    "was it calibrated with another camera": lambda color, depth, info: setattr(
        info, "k", [385.0, 0.0, 319.5, 0.0, 385.0, 239.5, 0.0, 0.0, 1.0]
    ),
    "the calibration is for images of 0 x 0 px": lambda color, depth, info: empty(info),
    "an empty image": lambda color, depth, info: empty(color, depth, info),
    "": lambda color, depth, info: torn(color),
    "magic": lambda color, depth, info: setattr(color, "encoding", "magic"),
}


def test_what_a_broken_driver_sends_is_refused_and_forgotten(camera, localizer, client):
    for complaint, spoil in SPOILED.items():
        camera.spoil = spoil
        answer = ask(client)
        assert not answer.success and complaint in answer.message, complaint
        assert not answer.message.startswith("internal error") and answer.pose.header.frame_id == ""
    camera.spoil = lambda color, depth, info: None
    assert ask(client).success


def test_a_query_that_says_nothing_or_too_much_waits_for_no_image(camera, localizer, client):
    camera.silent = ALL
    for query in ("", " \n\t"):
        assert ask(client, query).message == 'an empty query: say what to look for, such as "plug socket"'
    answer = ask(client, "key lock " * 100_000)
    assert not answer.success and answer.message == "a query of 900000 characters: at most 200 are understood"


@pytest.fixture
def configured(spawn, tmp_path):
    """Start a localizer with another localizer.yaml."""

    def start(**localizer):
        shutil.copytree(share_directory("config"), tmp_path / "config")
        (tmp_path / "config/localizer.yaml").write_text(yaml.safe_dump(localizer))
        return spawn("vital_ros.nodes.localizer", "--ros-args", "-p", f"config_dir:={tmp_path / 'config'}")

    return start


def test_whatever_the_models_server_does_there_is_an_answer(camera, configured, client, chat_server):
    configured(pointer="openai", openai={"url": chat_server.url, "timeout": 2.0, "retries": 0})
    client.bring_up("localizer")
    u, v = (1000 * (camera.pixel + 0.5) / (640, 480)).round().astype(int)
    for reply, complaint in (
        (completion("I see a nice table."), "the model's answer names no point: 'I see a nice table.'"),
        ((500, b""), "answered 500 Internal Server Error"),
        ((429, b""), "answered 429 Too Many Requests"),
        (lambda handler: chat_server.closing.wait(60), "of model allenai/Molmo2-4B"),
        (completion('<points coords="1 1 1200 300">key lock</points>'), "points outside the image"),
        (completion("There are none."), "'key lock' not found in the camera's image"),
    ):
        chat_server.replies = [reply]
        answer = ask(client)
        assert not answer.success and complaint in answer.message, answer.message
    chat_server.replies = [completion(f'<points coords="1 1 {u:03d} {v:03d}">key lock</points>')]
    answer = ask(client)
    assert answer.success, answer.message
    np.testing.assert_allclose([answer.u, answer.v], camera.pixel, atol=0.5)
    chat_server.close()
    answer = ask(client)
    assert not answer.success and "cannot be reached" in answer.message


def test_without_its_network_the_node_does_not_become_active(configured, client):
    process = configured(pointer="owlv2", owlv2={"model": "/no/such/folder"})
    assert not client.change_state("localizer", "configure")
    process.wait_for_log("or use pointer: registered")
    assert process.interrupt() == 0


def test_the_cameras_pose_is_broadcast(camera, localizer, client, latched):
    message = client.wait_for_message(TFMessage, "/tf_static", qos=latched)
    (transform,) = message.transforms
    assert (transform.header.frame_id, transform.child_frame_id) == ("link_base", "camera_color_optical_frame")
    t = transform.transform.translation
    assert (t.x, t.y, t.z) == camera.third.placement.position


def test_the_drivers_own_tree_wins(camera, spawn, client, latched):
    publisher = client.node.create_publisher(TFMessage, "/tf_static", latched)
    message = TFMessage()
    transform = TransformStamped(child_frame_id="camera_color_optical_frame")
    transform.header.frame_id = "camera_color_frame"
    message.transforms = [transform]
    publisher.publish(message)
    process = spawn("vital_ros.nodes.localizer")
    client.bring_up("localizer")
    process.wait_for_log("the driver places camera_color_optical_frame; its pose is not broadcast")


def test_an_inactive_localizer_says_so(spawn, client):
    spawn("vital_ros.nodes.localizer")
    assert client.change_state("localizer", "configure")
    answer = ask(client)
    assert not answer.success and answer.message == "localizer is not active"


def test_a_task_whose_prompt_is_unknown_is_announced(spawn, client, tmp_path):
    shutil.copytree(share_directory("config"), tmp_path / "config")
    (tmp_path / "config" / "objects" / "key_lock.yaml").unlink()
    arguments = ("--ros-args", "-p", "task:=key_lock", "-p", f"config_dir:={tmp_path / 'config'}")
    process = spawn("vital_ros.nodes.localizer", *arguments)
    client.bring_up("localizer")
    process.wait_for_log("task 'key_lock' cannot be localised by its prompt: unknown query 'key lock'")
