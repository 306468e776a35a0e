"""Who is answered: on loopback this machine by its own name, elsewhere whoever has the token."""

import http.client
import io
import stat
import threading
from http.cookiejar import CookieJar
from urllib.parse import quote, urlsplit
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import pytest

from vital_ros.console.page_server import LOOPBACK, PageHandler, PageServer, tell_url


@pytest.fixture
def serve():
    """Start a page on an address and any port; what was asked of it, as (method, path), is in its `asked`."""
    servers = []

    class Handler(PageHandler):
        def do_GET(self):  # noqa: N802
            self.server.asked.append((self.command, self.path))
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET  # noqa: N815

    def start(host):
        server = PageServer(host, 0, Handler)
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        servers.append((server, thread))
        return server

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def page(serve):
    """One that other hosts reach."""
    return serve("0.0.0.0")


def ask(page, path="/", method="GET", **headers):
    """(status, headers, text)"""
    connection = http.client.HTTPConnection(LOOPBACK, page.server_port, timeout=30)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    answer = response.status, response.headers, response.read().decode()
    connection.close()
    return answer


@pytest.mark.parametrize("host", [LOOPBACK, "localhost", "127.0.0.2"])
def test_on_loopback_there_is_no_token(serve, host):
    page = serve(host)
    assert not page.token and page.url == f"http://{host}:{page.server_port}/"
    with build_opener(ProxyHandler({})).open(page.url, timeout=30) as response:
        assert response.status == 200 and "Set-Cookie" not in response.headers


def test_on_loopback_another_sites_name_is_refused(serve):
    page = serve(LOOPBACK)
    for method in ("GET", "POST"):
        status, _, text = ask(page, method=method, Host="evil.example:80")
        assert status == 403 and page.url in text
    assert not page.asked
    assert ask(page, Host="localhost:80")[0] == 200


def test_a_browser_that_opened_the_url_may_load_and_post(page):
    browser = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))
    url = urlsplit(page.url)._replace(netloc=f"{LOOPBACK}:{page.server_port}")
    browser.open(url.geturl(), timeout=30).close()
    browser.open(url._replace(path="/wrist", query="").geturl(), timeout=30).close()
    browser.open(url._replace(path="/save", query="").geturl(), b"{}", timeout=30).close()
    assert page.asked == [("GET", "/"), ("GET", "/wrist"), ("POST", "/save")]


def test_the_cookie_is_for_this_page_alone(page, serve):
    _, headers, _ = ask(page, f"/?token={page.token}")
    cookie, *attributes = headers["Set-Cookie"].split("; ")
    assert cookie == f"vital_ros_{page.server_port}={page.token}"
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Strict"]
    other = serve("0.0.0.0")
    assert ask(other, Cookie=cookie)[0] == 403
    both = f"theme=dark; {cookie}; {other.cookie}"
    assert [ask(server, Cookie=both)[0] for server in (page, other)] == [200, 200]
    assert "Set-Cookie" not in ask(page, Cookie=cookie)[1]


def test_every_start_has_a_token_of_its_own(serve):
    tokens = {serve("0.0.0.0").token for _ in range(3)}
    assert len(tokens) == 3 and all(len(token) == 43 for token in tokens)  # 256 bits


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT"])
@pytest.mark.parametrize("path", ["/", "/wrist", "/save", "/nowhere"])
def test_without_the_token_nothing_is_answered(page, method, path):
    status, headers, text = ask(page, path, method)
    assert status == 403 and headers.get_content_type() == "text/plain" and "Set-Cookie" not in headers
    if method != "HEAD":
        assert "open the whole URL that was shown" in text and text.count("\n") == 1 and page.token not in text
    assert not page.asked


@pytest.mark.parametrize(
    "change",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token + "x",
        lambda token: token.swapcase(),
        lambda token: token + "\0",
        lambda token: "\u00e4\u20ac",  # compare_digest takes no such text
        lambda token: "x" * 50_000,
    ],
)
def test_a_wrong_token_is_none(page, change):
    wrong = quote(change(page.token))
    assert ask(page, f"/?token={wrong}")[0] == 403
    assert ask(page, Cookie=f"vital_ros_{page.server_port}={wrong}")[0] == 403
    assert ask(page, f"/?other={page.token}")[0] == 403
    assert ask(page, f"/token={page.token}")[0] == 403
    assert ask(page, Host=f"{LOOPBACK}:{page.server_port}")[0] == 403  # its name alone opens nothing
    assert not page.asked


@pytest.mark.parametrize("cookie", ["", "=", ";;;", "vital_ros", "a:b=c; \xff=\xe9"])
def test_cookies_of_any_form_are_read(page, cookie):
    assert ask(page, Cookie=cookie)[0] == 403
    assert ask(page, Cookie=f"{cookie}; {page.cookie}")[0] == 200


def test_a_terminal_is_told_the_token(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    assert tell_url("view", "http://cell:1/?token=secret", terminal) is None
    assert terminal.getvalue() == "view: http://cell:1/?token=secret\n" and not list(tmp_path.iterdir())


def test_a_log_is_told_the_file_that_holds_the_token(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    log = io.StringIO()
    file = tell_url("view", "http://cell:1/?token=secret", log)
    assert log.getvalue() == f"view: http://cell:1/; the URL with its token is in {file}\n"
    assert file.read_text() == "http://cell:1/?token=secret\n" and stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_token_a_log_is_told_the_url():
    log = io.StringIO()
    assert tell_url("view", "http://127.0.0.1:1/", log) is None
    assert log.getvalue() == "view: http://127.0.0.1:1/\n"
