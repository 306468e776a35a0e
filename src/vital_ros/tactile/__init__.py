"""AnySkin: its serial protocol, its port, its baseline."""

from vital_ros.tactile.baseline import baseline
from vital_ros.tactile.protocol import FrameParser, Reading, encode_frame, frame_size
from vital_ros.tactile.serial_port import SerialPort

__all__ = ["FrameParser", "Reading", "SerialPort", "baseline", "encode_frame", "frame_size"]
