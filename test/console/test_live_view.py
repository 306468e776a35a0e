"""The live view's server, asked as a browser asks."""

import http.client
import json
import threading
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from vital_ros.console.live_view import LiveView, Pace

PICTURE = np.full((48, 64, 3), (200, 40, 10), np.uint8)


@pytest.fixture
def view():
    view = LiveView(0)
    yield view
    view.close()


def ask(view, path, **headers):
    """(connection, response); a timeout bounds a failing test."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(view.url).port, timeout=30)
    connection.request("GET", path, headers=headers)
    return connection, connection.getresponse()


def read_jpeg(response):
    """The next picture of a multipart stream."""
    while (line := response.readline().strip()) != b"--frame":
        assert line == b"", line
    headers = {}
    while line := response.readline().strip():
        name, _, value = line.partition(b": ")
        headers[name] = value
    assert headers[b"Content-Type"] == b"image/jpeg"
    data = response.read(int(headers[b"Content-Length"]))
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def test_the_page_needs_nothing_from_elsewhere(view):
    connection, response = ask(view, "/")
    page = response.read().decode()
    connection.close()
    assert response.status == 200 and response.headers["Content-Type"].startswith("text/html")
    assert 'src="third"' in page and 'src="wrist"' in page and "http" not in page


def test_pictures_stream_and_only_the_newest_is_sent_to_a_late_comer(view):
    view.show("wrist", np.zeros_like(PICTURE))
    view.show("wrist", PICTURE)
    connection, response = ask(view, "/wrist")
    assert response.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=frame"
    np.testing.assert_allclose(read_jpeg(response), PICTURE, atol=6)
    view.show("wrist", 255 - PICTURE)
    np.testing.assert_allclose(read_jpeg(response), 255 - PICTURE, atol=6)
    np.testing.assert_allclose(read_jpeg(response), 255 - PICTURE, atol=6)  # again, since nothing is new
    connection.close()


def test_state_is_sent_as_events(view):
    connection, response = ask(view, "/state")
    view.tell({"line": "reach", "pads": [[1.0, -2.0]], "norms": [2.2], "scale": 600})
    line = b""
    while not line.startswith(b"data: "):
        line = response.readline()
    assert json.loads(line[6:]) == {"line": "reach", "pads": [[1.0, -2.0]], "norms": [2.2], "scale": 600}
    connection.close()


def test_it_knows_whether_somebody_looks(view):
    assert not view.watched
    connection, response = ask(view, "/third")
    view.show("third", PICTURE)
    read_jpeg(response)
    assert view.watched
    response.close()
    connection.close()
    gone = threading.Event()
    for _ in range(300):  # sending shows it, at the latest after two idle seconds
        if not view.watched:
            break
        gone.wait(0.1)
    assert not view.watched


def test_only_this_machine_by_its_own_name(view):
    assert view.url.startswith("http://127.0.0.1:")
    for host, status in (("evil.example:80", 403), ("localhost:80", 200)):
        connection, response = ask(view, "/", Host=host)
        assert response.status == status
        connection.close()


def test_other_hosts_see_the_page_and_its_streams_with_the_token_alone():
    view = LiveView(0, "0.0.0.0")
    view.show("wrist", PICTURE)
    view.tell({"line": "reach"})
    for path in ("/", "/third", "/wrist", "/state"):
        connection, response = ask(view, path)
        assert response.status == 403
        connection.close()
    assert not view.watched
    connection, response = ask(view, f"/?{urlsplit(view.url).query}")
    assert b'src="wrist"' in response.read()
    connection.close()
    cookie = response.headers["Set-Cookie"].partition(";")[0]
    connection, response = ask(view, "/wrist", Cookie=cookie)
    np.testing.assert_allclose(read_jpeg(response), PICTURE, atol=6)
    connection.close()
    connection, response = ask(view, "/state", Cookie=cookie)
    assert json.loads(response.readline().removeprefix(b"data: ")) == {"line": "reach"}
    connection.close()
    view.close()


def test_unknown_paths_and_a_taken_port(view):
    connection, response = ask(view, "/etc/passwd")
    assert response.status == 404
    connection.close()
    with pytest.raises(OSError, match="in use"):
        LiveView(urlsplit(view.url).port)


def test_closing_ends_the_streams():
    view = LiveView(0)
    view.show("third", PICTURE)
    connection, response = ask(view, "/third")
    read_jpeg(response)
    view.close()
    while response.read(4096):
        pass
    connection.close()


def test_pace_lets_the_first_through_and_then_waits(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("vital_ros.console.live_view.time.monotonic", lambda: now[0])
    pace, passed = Pace(10.0), []
    for _ in range(20):
        passed.append(pace.due())
        now[0] += 0.026
    assert passed[0] and passed.count(True) == 5
