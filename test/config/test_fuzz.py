"""Whatever a configuration, task or scene file holds: it loads, or one ConfigError says what is wrong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.config import ConfigError, PolicyConfig, RobotConfig, TaskConfig, share_directory
from vital_ros.config.base import load_yaml
from vital_ros.sim.scenes import load_scene

from ..fuzzing import TIMEOUT, fuzzed

pytestmark = pytest.mark.timeout(TIMEOUT)
CONFIG = share_directory("config")
FILES = {
    "robot": (CONFIG / "robot.yaml", lambda path: load_yaml(RobotConfig, path)),
    "task": (CONFIG / "tasks" / "plug_socket.yaml", lambda path: load_yaml(TaskConfig, path)),
    "policy": (CONFIG / "policies" / "vital_bc.yaml", lambda path: load_yaml(PolicyConfig, path)),
    "scene": (CONFIG / "scenes" / "desk.yaml", load_scene),
}


def load(kind: str, directory: Path, content: bytes) -> None:
    """Load a file of that content; anything but success and ConfigError is a failure of the test."""
    path = directory / f"{kind}.yaml"
    path.write_bytes(content)
    try:
        FILES[kind][1](path)
    except ConfigError as caught:
        refusal = str(caught)
    else:
        return
    assert str(path) in refusal
    assert len(refusal) < 20_000


@pytest.mark.parametrize("kind", FILES)
@fuzzed(60)
@given(st.data())
def test_damaged_files(kind: str, tmp_path: Path, data: st.DataObject) -> None:
    whole = FILES[kind][0].read_bytes()
    at = data.draw(st.integers(0, len(whole)))
    junk, cut = data.draw(st.binary(max_size=20)), data.draw(st.integers(0, 40))
    load(kind, tmp_path, whole[:at] + junk + whole[at + cut :])


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b"{a: " * 20_000,
        b"a: &a [1]\nb: *c",
        b"!!python/object/apply:os.system ['false']",
        b"a: 2024-99-99",
        b"? [1, 2]\n: 3",
        b"a: !!int x",
        b"a: " + b"9" * 10_000,
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(9)),
    ],
    ids=["deep list", "deep map", "anchor", "python tag", "date", "list as key", "int tag", "digits", "aliases"],
)
def test_hostile_yaml(kind: str, tmp_path: Path, content: bytes) -> None:
    load(kind, tmp_path, content)
