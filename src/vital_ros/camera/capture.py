"""V4L2 devices and video files, through OpenCV."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np

from vital_ros.camera.frame import Frame
from vital_ros.device_reader import DeviceError

OLDEST = 0.5
"""s. Some drivers stamp buffers with another clock (usb_cam #385); an age beyond this is no age."""


class V4L2Camera:
    """A camera of the Linux kernel's; keeps one buffer, so that the newest frame wins.

    Raises DeviceError when it does not exist or is in use.
    """

    def __init__(self, device: str, width: int, height: int, fps: float):
        self._name = device = f"/dev/video{device}" if device.isdigit() else device
        if not Path(device).exists():
            raise DeviceError(f"camera '{device}' does not exist; check the cable and wrist.device in cameras.yaml")
        self._capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
        if not self._capture.isOpened():
            raise DeviceError(f"camera '{device}' cannot be opened; is it a camera, is another program using it?")
        for key, value in (
            (cv2.CAP_PROP_FRAME_WIDTH, width),
            (cv2.CAP_PROP_FRAME_HEIGHT, height),
            (cv2.CAP_PROP_FPS, fps),
            (cv2.CAP_PROP_BUFFERSIZE, 1),
        ):
            self._capture.set(key, value)

    def read(self) -> Frame | None:
        """The next frame. Raises DeviceError when the device is gone."""
        good, image = self._capture.read()
        if not good:
            raise DeviceError(f"camera '{self._name}' stopped")
        age = time.monotonic() - self._capture.get(cv2.CAP_PROP_POS_MSEC) * 1e-3  # V4L2 stamps on the monotonic clock
        return Frame(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8), age if 0 <= age < OLDEST else 0.0)

    def close(self) -> None:
        self._capture.release()


class VideoFile:
    """A recorded video at its own rate, over and over. Raises DeviceError when it is missing or no video."""

    def __init__(self, path: str):
        self._name = path
        if not Path(path).is_file():
            raise DeviceError(f"video file '{path}' does not exist; check wrist.device in cameras.yaml")
        self._capture = cv2.VideoCapture(path)
        if not self._capture.isOpened():
            raise DeviceError(f"'{path}' is no video that OpenCV can read")
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self._period = 1.0 / fps if fps > 0 else 1.0 / 30
        self._due = time.monotonic()

    def read(self) -> Frame | None:
        """The next frame when it is due. Raises DeviceError when the file cannot be read any more."""
        time.sleep(max(0.0, self._due - time.monotonic()))
        self._due = max(self._due + self._period, time.monotonic())
        good, image = self._capture.read()
        if not good:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            good, image = self._capture.read()
        if not good:
            raise DeviceError(f"video file '{self._name}' cannot be read any more")
        return Frame(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8))

    def close(self) -> None:
        self._capture.release()
