"""The page for key points, asked as a browser asks."""

import http.client
import json
import threading

import cv2
import numpy as np
import pytest

from vital_ros.bags import EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.cli import annotate
from vital_ros.cli.parser import Parser
from vital_ros.console.annotator import LARGEST_BODY, Annotator

IMAGE = np.dstack([np.full((48, 64), v, np.uint8) for v in (200, 40, 10)])
STATE = {"objects": [{"name": "fixture", "points": [[3, 4.5]]}], "negative": []}


@pytest.fixture
def saved():
    return []


@pytest.fixture
def page(saved):
    def save(state):
        if "objects" not in state:
            raise ValueError("key 'objects' is missing")
        saved.append(state)
        return "saved there"

    page = Annotator(IMAGE, STATE, save)
    yield page
    page.close()


def ask(url, method, path, body=None, headers=None):
    """(status, content type, body)"""
    connection = http.client.HTTPConnection("127.0.0.1", int(url.split(":")[2].rstrip("/")), timeout=30)
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    answer = response.status, response.headers.get_content_type(), response.read()
    connection.close()
    return answer


@pytest.fixture
def write_demo(tmp_path):
    def write(name):
        with EpisodeWriter(tmp_path / "demos" / name, {"task": "key_lock", "success": True}) as writer:
            writer.write("/wrist_camera/image_raw", m.image_message(IMAGE, "rgb8", 10**9, "wrist"), 10**9)
        return tmp_path / "demos"

    return write


def post(url, state, **headers):
    kind = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return ask(url, "POST", "/save", json.dumps(state), kind)


def test_the_page_its_frame_and_its_points(page):
    status, kind, body = ask(page.url, "GET", "/")
    assert (status, kind) == (200, "text/html") and b"http" not in body
    status, kind, body = ask(page.url, "GET", "/frame.png")
    assert (status, kind) == (200, "image/png")
    np.testing.assert_array_equal(cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)[..., ::-1], IMAGE)
    status, kind, body = ask(page.url, "GET", "/state")
    assert (status, kind) == (200, "application/json") and json.loads(body) == STATE
    assert ask(page.url, "GET", "/etc/passwd")[0] == 404


def test_saving_ends_the_wait(page, saved):
    assert not page.wait(0)
    assert post(page.url, STATE)[::2] == (200, b"saved there")
    assert page.wait(30) and saved == [STATE]


def test_what_cannot_be_used_is_told_and_may_be_put_right(page, saved):
    assert post(page.url, {})[::2] == (400, b"key 'objects' is missing")
    for body in ("[1]", "no json"):
        status, _, _ = ask(page.url, "POST", "/save", body, {"Content-Type": "application/json"})
        assert status == 400
    assert not page.wait(0) and not saved
    assert post(page.url, STATE)[0] == 200


def test_only_this_page_may_save(page, saved):
    """Neither a form of another site nor another name for this machine."""
    body = json.dumps(STATE)
    assert ask(page.url, "POST", "/save", body, {"Content-Type": "text/plain"})[0] == 415
    assert post(page.url, STATE, Host="evil.example:80")[0] == 403
    assert ask(page.url, "GET", "/", headers={"Host": "evil.example"})[0] == 403
    assert ask(page.url, "POST", "/elsewhere", body, {"Content-Type": "application/json"})[0] == 404
    assert not saved


@pytest.mark.parametrize("length", [str(LARGEST_BODY + 1), "-1", "many"])
def test_sizes_that_are_refused(page, saved, length):
    assert post(page.url, STATE, Content_Length=length)[0] == 413
    assert not saved


def test_the_command_saves_what_was_clicked(tmp_path, write_demo, capsys):
    """The whole way: an episode, the page, a click, the file, and the page again with what was saved."""
    demos = write_demo("one")
    parser = Parser("annotate", "")
    annotate.add_arguments(parser)
    url = threading.Event()
    told = {}

    class Watched(Annotator):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            told["url"], told["state"] = self.url, self.state
            url.set()

    def run():
        told["code"] = annotate.run(parser.parse_args(["--demos", str(demos), "--port", "0"]))

    for turn in range(2):
        url.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("vital_ros.console.annotator.Annotator", Watched)
            thread = threading.Thread(target=run)
            thread.start()
            assert url.wait(30)
            if turn == 0:
                assert [known["name"] for known in told["state"]["objects"]] == ["fixture", "held", "gripper"]
                assert post(told["url"], {"objects": [], "negative": []})[0] == 400
                assert post(told["url"], {**STATE, "negative": [[60, 40]]})[0] == 200
            else:
                assert told["state"] == {"objects": [{"name": "fixture", "points": [[3, 4.5]]}], "negative": [[60, 40]]}
                assert post(told["url"], STATE)[0] == 200
            thread.join(30)
    assert told["code"] == 0
    assert (demos / "annotation.yaml").exists() and (demos / "annotation.png").exists()
