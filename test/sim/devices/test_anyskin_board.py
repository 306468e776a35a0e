import numpy as np
import pytest

from vital_ros.sim.devices import AnySkinBoard
from vital_ros.tactile import SerialPort


def test_the_port_reader_understands_the_board(tmp_path):
    link = tmp_path / "anyskin"
    board = AnySkinBoard(link)
    field = np.linspace(-3000, 3000, 30).reshape(2, 15)
    for _ in range(100):
        board.send(field * 0)  # nobody reads: the buffer fills and nothing blocks
    port = SerialPort(str(link), 10, 115200)
    for _ in range(100):
        board.send(field)
        if (reading := port.read()) is not None:
            break
    else:
        pytest.fail("no frame")
    np.testing.assert_array_equal(reading.field, field.ravel().astype(np.float32))
    np.testing.assert_array_equal(reading.temperature, np.full(10, 46244))
    port.close()
    board.close()
    assert not link.exists()


def test_bytes_that_look_like_line_ends_survive(tmp_path):
    board = AnySkinBoard(tmp_path / "anyskin")
    port = SerialPort(str(tmp_path / "anyskin"), 10, 115200)
    value = np.frombuffer(b"\x0a\x0d\x0a\x43", "<f4")[0]
    for _ in range(100):
        board.send(np.full(30, value))
        if (reading := port.read()) is not None:
            break
    else:
        pytest.fail("no frame")
    np.testing.assert_array_equal(reading.field, value)
    port.close()
    board.close()
