"""Cameras: where frames come from, and how images are laid out in messages."""

from vital_ros.camera.encodings import decode_image, encode_image
from vital_ros.camera.frame import Frame
from vital_ros.camera.open_camera import open_camera
from vital_ros.camera.sight import Sight

__all__ = ["Frame", "Sight", "decode_image", "encode_image", "open_camera"]
