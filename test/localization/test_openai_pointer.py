"""Against a real server on loopback that replays answers, and every way in which a server can fail."""

import base64
import logging

import cv2
import numpy as np
import pytest

from vital_ros.config import ConfigError
from vital_ros.config.localizer import OpenAIConfig
from vital_ros.localization import chat_client
from vital_ros.localization.chat_client import ChatClient
from vital_ros.localization.model_pointer import ModelPointer
from vital_ros.localization.pointer import LocalizationError

from .chat_server import ChatServer, completion

KEY = "sk-very-secret-0123456789"
RECORDED = {
    "molmo": ('<point x="25.0" y="50.0" alt="plug socket">plug socket</point>', "percent"),
    "molmo2": ('<points coords="1 1 250 500">plug socket</points>', "percent"),
    "molmo2_count": ('Counting the <points coords="1 1 250 500"/> shows a total of 1.', "percent"),
    "qwen3": ('```json\n[{"point_2d": [250, 500], "label": "plug socket"}]\n```', "thousandths"),
    "qwen3_box": ('[{"bbox_2d": [200, 400, 300, 600], "label": "plug socket"}]', "thousandths"),
    "qwen25": ('[{"point_2d": [159.5, 239.5]}]', "pixels"),
    "asked_for": ('{"x": 0.25, "y": 0.5}', "fraction"),
}


@pytest.fixture
def server():
    server = ChatServer()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(chat_client, "FIRST_WAIT", 0.01)


def ask(server, sight, **options):
    options = {"url": server.url, "timeout": 20.0} | options
    config = OpenAIConfig(**options)
    return ModelPointer(ChatClient(config), config).point(sight(None), "plug socket")


def refusal(server, sight, **options):
    with pytest.raises(LocalizationError) as caught:
        ask(server, sight, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", RECORDED)
def test_answers_of_every_format(server, sight, name):
    text, scale = RECORDED[name]
    server.replies = [completion(text)]
    (found,) = ask(server, sight, json_scale=scale)
    assert (found.u, found.v) == pytest.approx((159.5, 239.5))
    assert (found.label, found.confidence) == ("plug socket", 1.0)


def test_what_is_asked(server, sight):
    server.replies = [completion("There are none.")]
    assert ask(server, sight, image="png", model="allenai/Molmo2-8B", prompt="Where is the {query}?") == []
    ((path, headers, body),) = server.asked
    assert path == "/v1/chat/completions" and "Authorization" not in headers
    assert body["model"] == "allenai/Molmo2-8B" and body["temperature"] == 0
    picture, question = body["messages"][0]["content"]
    assert question == {"type": "text", "text": "Where is the plug socket?"}
    kind, data = picture["image_url"]["url"].split(",")
    assert kind == "data:image/png;base64"
    pixels = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(pixels[..., ::-1], sight(None).image)


def test_a_jpeg_is_about_the_same_picture(server, sight):
    server.replies = [completion("There are none.")]
    ask(server, sight)
    kind, data = server.asked[0][2]["messages"][0]["content"][0]["image_url"]["url"].split(",")
    assert kind == "data:image/jpeg;base64"
    pixels = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(pixels[..., ::-1].astype(int) - sight(None).image).mean() < 5


def test_several_points_are_refused_or_the_first_is_taken(server, sight):
    server.replies = [completion('<points coords="1 1 250 500 2 700 700">plug socket</points>')]
    assert "points at 2 places for 'plug socket'" in refusal(server, sight)
    (found,) = ask(server, sight, several="first")
    assert (found.u, found.v) == pytest.approx((159.5, 239.5))


def test_prose_is_quoted(server, sight):
    server.replies = [completion("I am a language model\nand cannot see.")]
    assert "names no point: 'I am a language model and cannot see.'" in refusal(server, sight)


@pytest.mark.parametrize("status", chat_client.BUSY)
def test_a_busy_server_is_asked_again(server, sight, status):
    server.replies = [(status, b"later"), (status, b"later"), completion(RECORDED["molmo"][0])]
    assert len(ask(server, sight, retries=2)) == 1
    assert len(server.asked) == 3


def test_but_not_for_ever(server, sight):
    server.replies = [(503, b"never")]
    assert "answered 503 Service Unavailable; it is overloaded or broken" in refusal(server, sight, retries=3)
    assert len(server.asked) == 4


@pytest.mark.parametrize(("status", "hint"), [(400, ""), (401, "key_variable"), (404, "does url end in /v1")])
def test_other_errors_are_final(server, sight, status, hint):
    server.replies = [(status, b'{"error": "no"}')]
    said = refusal(server, sight)
    assert f"answered {status}" in said and hint in said
    assert len(server.asked) == 1


def test_a_redirection_is_not_followed(server, sight):
    server.replies = [lambda handler: handler.reply(307, b"", Location="http://127.0.0.1:9/v1/chat/completions")]
    assert "answered 307" in refusal(server, sight)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\xfe\x00", b"[" * 100_000, b"null", b"{}", b'{"choices": []}', b'{"choices": [{"message": null}]}',
        b"<html>", completion(RECORDED["molmo"][0])[1][:-20],
    ],
)  # fmt: skip
def test_no_completion_or_a_torn_one(server, sight, body):
    server.replies = [(200, body)]
    assert "no chat completion, or a torn one" in refusal(server, sight)


def test_a_completion_without_text(server, sight):
    server.replies = [(200, b'{"choices": [{"message": {"content": null}}]}')]
    assert "answered without a text" in refusal(server, sight)


def test_a_connection_that_breaks_off(server, sight):
    whole = completion(RECORDED["molmo"][0])[1]
    server.replies = [lambda handler: handler.reply(200, whole[:40], length=len(whole))]
    said = refusal(server, sight)
    assert "broke off" in said or "torn" in said


@pytest.mark.parametrize("silent", ["before the header", "drip"])
def test_a_server_that_hangs_or_drips(server, sight, silent):
    """The limit holds for all, not for each read: the question ends while the server is still at it."""
    ended = []

    def hang(handler):
        server.closing.wait(60)
        ended.append("hang")

    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        while not server.closing.wait(0.1):
            handler.wfile.write(b" ")
        ended.append("drip")

    server.replies = [drip if silent == "drip" else hang]
    said = refusal(server, sight, timeout=0.5, retries=5)
    assert "gave no answer within 0.5 s" in said or "cannot be reached (ReadTimeoutError)" in said
    assert not ended


def test_a_slow_server_is_waited_for(server, sight):
    def slow(handler):
        server.closing.wait(0.3)
        handler.reply(*completion(RECORDED["molmo"][0]))

    server.replies = [slow]
    assert len(ask(server, sight)) == 1


def test_a_server_that_is_not_there(server, sight):
    server.close()
    said = refusal(server, sight, retries=1)
    assert f"the server {server.url} of model allenai/Molmo2-4B cannot be reached" in said


def test_the_key_goes_to_the_server_and_nowhere_else(server, sight, monkeypatch, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("POINTING_KEY", KEY)
    (tmp_path / "key").write_text(KEY + "\n")
    server.replies = [(401, f"wrong key {KEY}".encode())]
    for options in ({"key_variable": "POINTING_KEY"}, {"key_file": tmp_path / "key"}):
        assert KEY not in refusal(server, sight, **options)
        assert server.asked[-1][1]["Authorization"] == f"Bearer {KEY}"
    assert KEY not in caplog.text


def test_a_key_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.delenv("POINTING_KEY", raising=False)
    with pytest.raises(ConfigError, match="the environment variable POINTING_KEY holds no key"):
        ChatClient(OpenAIConfig(key_variable="POINTING_KEY"))
    with pytest.raises(ConfigError, match="the file .*none holds no key"):
        ChatClient(OpenAIConfig(key_file=tmp_path / "none"))


@pytest.mark.parametrize("url", [f"http://user:{KEY}@localhost/v1", f"http://localhost/v1?key={KEY}", "ftp://a", "a"])
def test_an_address_holds_no_secret(url):
    with pytest.raises(ValueError):
        OpenAIConfig(url=url)
