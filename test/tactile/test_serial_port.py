"""The port against a real pseudo-terminal."""

import os
import pty
import queue
import threading

import numpy as np
import pytest

from vital_ros.device_reader import DeviceError, DeviceReader
from vital_ros.tactile import SerialPort, encode_frame


def frame(value: float) -> bytes:
    return encode_frame(np.full(30, value), np.full(10, 46000.0))


@pytest.fixture
def terminal(tmp_path):
    """(master file descriptor, path of a link to the slave)."""
    master, slave = pty.openpty()
    os.set_blocking(master, True)
    path = tmp_path / "anyskin"
    path.symlink_to(os.ttyname(slave))
    yield master, path
    for descriptor in (master, slave):
        try:
            os.close(descriptor)
        except OSError:
            pass  # the test closed it


def read(port: SerialPort):
    for _ in range(100):
        if (reading := port.read()) is not None:
            return reading
    pytest.fail("no frame")


def test_newest_frame_of_a_backlog_is_reported(terminal):
    master, path = terminal
    port = SerialPort(str(path), 10, 115200)
    assert port.read() is None
    os.write(master, frame(1) + frame(2) + frame(3))
    reading = read(port)
    assert reading.field[0] == 3
    assert reading.field.shape == (30,)
    assert reading.temperature.shape == (10,)
    assert port.skipped == 2
    os.write(master, frame(4)[:50])
    assert port.read() is None
    os.write(master, frame(4)[50:])
    assert read(port).field[0] == 4
    port.close()


def test_missing_port_is_named(tmp_path):
    with pytest.raises(
        DeviceError, match=r"AnySkin port '.*nope' cannot be opened: it does not exist; check the cable"
    ):
        SerialPort(str(tmp_path / "nope"), 10, 115200)


def test_file_that_is_no_terminal_is_refused(tmp_path):
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(DeviceError, match="cannot be opened"):
        SerialPort(str(path), 10, 115200)


def test_second_reader_is_refused(terminal):
    _, path = terminal
    port = SerialPort(str(path), 10, 115200)
    with pytest.raises(DeviceError, match="cannot be opened"):
        SerialPort(str(path), 10, 115200)
    port.close()


class Feeder:
    """Writes a frame every 10 ms until told to stop."""

    def __init__(self, master: int, value: float):
        self._master, self._value = master, value
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stop.wait(0.01):
            os.write(self._master, frame(self._value))

    def stop(self):
        self._stop.set()
        self._thread.join()


def test_reader_reopens_a_port_that_went_away(tmp_path):
    link = tmp_path / "anyskin"
    readings, reports = queue.Queue(), queue.Queue()
    reader = DeviceReader(lambda: SerialPort(str(link), 10, 115200), readings.put, reports.put, pause=0.01)

    def plug_in(value):
        master, slave = pty.openpty()
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(slave))
        return master, slave, Feeder(master, value)

    def unplug(master, slave, feeder):
        feeder.stop()
        os.close(slave)
        os.close(master)

    device = plug_in(1)
    reader.start(timeout=30.0)
    assert readings.get(timeout=30).field[0] == 1
    unplug(*device)
    assert "lost" in reports.get(timeout=30)
    device = plug_in(2)
    assert reports.get(timeout=30) == "open again"
    while readings.get(timeout=30).field[0] != 2:
        pass
    assert reader.reconnects == 1
    reader.close()
    unplug(*device)


def test_silent_port_times_out(terminal):
    _, path = terminal
    reader = DeviceReader(lambda: SerialPort(str(path), 10, 115200), lambda _: None, print)
    with pytest.raises(TimeoutError, match=r"nothing valid arrived within 0\.1 s"):
        reader.start(timeout=0.1)
