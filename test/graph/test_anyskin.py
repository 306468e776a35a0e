"""Node anyskin on a pseudo-terminal."""

import os
import pty
import threading

import numpy as np
import pytest
from std_msgs.msg import String
from std_srvs.srv import Trigger
from vital_msgs.msg import Tactile

from vital_ros.tactile import encode_frame

MODULE = "vital_ros.nodes.anyskin"


class Board:
    """Two pads streaming at about 100 Hz from a pseudo-terminal; `swing` is the amplitude of their noise in uT.

    Their temperature always varies a little, so that they do not look frozen.
    """

    def __init__(self, link):
        self._link, self.swing, self.muted = link, 0.0, False
        self._stop = threading.Event()
        self.plug_in()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def plug_in(self):
        self._master, self._slave = pty.openpty()
        os.set_blocking(self._master, False)
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(os.ttyname(self._slave))

    def unplug(self):
        self.muted = True
        os.close(self._slave)
        os.close(self._master)

    def _run(self):
        sign = 1
        while not self._stop.wait(0.01):
            sign = -sign
            if not self.muted:
                try:
                    field = np.arange(1, 31) + sign * self.swing
                    os.write(self._master, encode_frame(field, np.full(10, 46000.0 + sign)))
                except OSError:
                    pass  # nobody reads, or just unplugged

    def close(self):
        self._stop.set()
        self._thread.join()


@pytest.fixture
def board(tmp_path):
    board = Board(tmp_path / "anyskin")
    yield board
    board.close()


def start(spawn, path):
    return spawn(MODULE, "--ros-args", "-p", f"port:={path}")


def test_streams_baselines_and_ends_cleanly(spawn, client, latched, board, tmp_path):
    process = start(spawn, tmp_path / "anyskin")
    readings = client.subscribe(Tactile, "/anyskin/tactile")
    client.bring_up("anyskin")
    first, second = readings.wait(2)
    assert (first.sensors, first.magnetometers, len(first.field), len(first.temperature)) == (2, 5, 30, 10)
    np.testing.assert_array_equal(first.field, np.arange(1, 31))
    assert (second.header.stamp.sec, second.header.stamp.nanosec) > (first.header.stamp.sec, first.header.stamp.nanosec)
    baseline = client.wait_for_message(Tactile, "/anyskin/baseline", qos=latched)
    np.testing.assert_array_equal(baseline.field, np.arange(1, 31))

    board.swing = 40.0
    readings.wait(1, match=lambda m: m.field[0] != 1)
    refused = client.call(Trigger, "/anyskin/rebaseline")
    assert not refused.success
    assert "not at rest" in refused.message
    board.swing = 5.0
    readings.clear()
    readings.wait(1, match=lambda m: abs(m.field[0] - 1) == 5)
    assert client.call(Trigger, "/anyskin/rebaseline").success
    assert process.interrupt() == 0


def test_missing_port_is_one_line_and_no_configure(spawn, client, tmp_path):
    process = start(spawn, tmp_path / "nope")
    assert not client.change_state("anyskin", "configure")
    assert client.state("anyskin") == "unconfigured"
    process.wait_for_log(r"AnySkin port '.*nope' cannot be opened: it does not exist; check the cable")
    assert "Traceback" not in process.output


def test_unplugging_is_reported_and_survived(spawn, client, latched, board, tmp_path):
    process = start(spawn, tmp_path / "anyskin")
    client.bring_up("anyskin")
    readings = client.subscribe(Tactile, "/anyskin/tactile")
    readings.wait(1)
    board.unplug()
    process.wait_for_log("lost")
    fault = client.wait_for_message(String, "/anyskin/fault", match=lambda m: m.data != "", qos=latched)
    assert "AnySkin gives nothing for" in fault.data
    readings.clear()
    board.plug_in()
    board.muted = False
    readings.wait(5)
    client.wait_for_message(String, "/anyskin/fault", match=lambda m: m.data == "", qos=latched)


def test_wrong_number_of_pads_says_so(spawn, client, board, tmp_path):
    board.muted = True
    process = start(spawn, tmp_path / "anyskin")
    assert not client.change_state("anyskin", "configure")
    process.wait_for_log(r"does it stream 10 magnetometers \(tactile.sensors")
