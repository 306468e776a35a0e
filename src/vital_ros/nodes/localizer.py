"""Node localizer: service /localize on one calibrated RGB-D camera; reads images only while somebody asks."""

from __future__ import annotations

import sys
import traceback
from typing import Any

import cv2
import numpy as np
from geometry_msgs.msg import TransformStamped
from numpy.typing import NDArray
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.qos import qos_profile_best_available
from rclpy.task import Future
from sensor_msgs.msg import CameraInfo, Image
from tf2_msgs.msg import TFMessage
from vital_msgs.srv import Localize

from vital_ros.config import TaskConfig, ThirdCamera
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.localizer import Localizer as Core
from vital_ros.localization.localizer import asked_for
from vital_ros.localization.pairing import PairMatcher
from vital_ros.localization.pointer import Candidate, LocalizationError
from vital_ros.localization.pointers import make_pointer
from vital_ros.localization.projection import check_lens
from vital_ros.localization.registered_pointer import RegisteredPointer
from vital_ros.nodes.conversions import pose_to_msg, seconds
from vital_ros.nodes.images import depth_in_metres, from_image_msg, to_image_msg
from vital_ros.nodes.lifecycle import LATCHED, Param, ProductNode, run

OPTICAL_FRAME = "camera_color_optical_frame"
TF_WAIT = 1.0
"""s after activation in which a driver may turn out to place the camera itself."""


class Localizer(ProductNode):
    """Answers one query at a time; others wait."""

    NAME = "localizer"
    PARAMETERS = (
        Param("task", "", "task whose prompt must be a registered object; empty: no such check"),
        Param("timeout", 10.0, "s to wait for a colour and depth pair", 0.1, 120.0),
    )

    _service: Any = None

    def configure(self) -> None:
        camera = self.config.cameras.third
        self._camera = camera
        pose = Pose(camera.placement.position, camera.placement.quaternion)
        pointer = make_pointer(self.config)
        if self.param("task") and isinstance(pointer, RegisteredPointer):
            self._check(pointer, self.config.task(self.param("task")))
        self._core = Core(pointer, pose, self.config.robot.arm.workspace, self.config.localizer.checks)
        self._debug = self.create_lifecycle_publisher(Image, "localizer/debug_image", LATCHED)
        self._seen = {
            name: self.create_lifecycle_publisher(kind, f"localizer/{name}", LATCHED)
            for name, kind in (("color", Image), ("depth", Image), ("camera_info", CameraInfo))
        }
        self._images = ReentrantCallbackGroup()  # images must flow while the service waits for them
        self._service = self.create_service(Localize, "localize", self._localize)
        self._placed_by_driver = False
        self._transforms = self.create_publisher(TFMessage, "tf_static", LATCHED)
        self._others = self.create_subscription(TFMessage, "tf_static", self._on_transform, LATCHED)

    def activate(self) -> None:
        self._place_camera = self.create_timer(TF_WAIT, self._broadcast, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def deactivate(self) -> None:
        self.destroy_timer(self._place_camera)

    def cleanup(self) -> None:
        if self._service is not None:
            self.destroy_service(self._service)
            self._service = None
            for publisher in (self._debug, *self._seen.values()):
                self.destroy_lifecycle_publisher(publisher)
            self.destroy_publisher(self._transforms)
            self.destroy_subscription(self._others)

    def _check(self, pointer: RegisteredPointer, task: TaskConfig) -> None:
        """Warn in time: a goal may still name another object."""
        try:
            pointer.check(task.prompt)
        except LocalizationError as error:
            self.get_logger().warning(f"task '{task.name}' cannot be localised by its prompt: {error}")

    # the service ---------------------------------------------------------------------------------------------------

    async def _localize(self, request: Localize.Request, response: Localize.Response) -> Localize.Response:
        begin = self._steady()
        try:
            if self.state != "active":
                raise LocalizationError("localizer is not active")
            query = asked_for(request.query)
            color, depth, info = await self._images_of(self._camera)
            response.wait_time = self._steady() - begin
            self._answer(query, color, depth, info, response)
        except (LocalizationError, ValueError) as error:
            self._refuse(response, str(error))
        except Exception as error:  # whoever asked waits for an answer
            self.get_logger().error(traceback.format_exc())
            self._refuse(response, f"internal error: {type(error).__name__}: {error}")
        return response

    def _refuse(self, response: Localize.Response, reason: str) -> None:
        response.success, response.message = False, reason
        self.get_logger().warning(f"/localize: {reason}")

    def _answer(self, query: str, color: Image, depth: Image, info: CameraInfo, response: Localize.Response) -> None:
        if (info.width, info.height) != (color.width, color.height):
            raise LocalizationError(
                f"the calibration is for images of {info.width} x {info.height} px, they have {color.width} x "
                f"{color.height}; it should be that of {self.resolve_topic_name(self._camera.namespace)}/color"
            )
        image, lens = from_image_msg(color, "rgb8"), PinholeCamera.from_k(info.k)
        check_lens(lens, PinholeCamera.from_k(self._camera.k))
        located = self._core.locate(image, depth_in_metres(depth), lens, query)
        best = located.candidate
        response.success = True
        response.message = f"{best.label} at pixel ({best.u:.1f}, {best.v:.1f}), confidence {best.confidence:.2f}"
        response.u, response.v, response.confidence = best.u, best.v, best.confidence
        response.pose.header.stamp = color.header.stamp
        response.pose.header.frame_id = "link_base"
        response.pose.pose = pose_to_msg(Pose(located.point))
        response.pointing_time, response.projection_time = located.pointing_time, located.projection_time
        for name, message in (("color", color), ("depth", depth), ("camera_info", info)):
            self._seen[name].publish(message)  # for the episode's bag: what the answer is made of
        marked = _marked(image, best)
        self._debug.publish(to_image_msg(marked, "rgb8", color.header.stamp, color.header.frame_id))

    async def _images_of(self, camera: ThirdCamera) -> tuple[Image, Image, CameraInfo]:
        """A colour and depth pair newer than the request, and the calibration; raise LocalizationError."""
        space = self.resolve_topic_name(camera.namespace)
        topics = (f"{space}/color/image_raw", f"{space}/aligned_depth_to_color/image_raw")
        info_topic = f"{space}/color/camera_info"
        matcher = PairMatcher[Image](camera.pair_tolerance)
        found: dict[str, Any] = {}
        done: Future = self.executor.create_future()
        done.add_done_callback(lambda _: None)  # setting the result then wakes the executor

        def finish() -> None:
            if len(found) == 2 and not done.done():
                done.set_result(True)

        def on_image(stream: int, message: Image) -> None:
            if pair := matcher.add(stream, seconds(message.header.stamp), message):
                found["pair"] = pair
                finish()

        def on_info(message: CameraInfo) -> None:
            found["info"] = message
            finish()

        def on_timeout() -> None:
            if not done.done():
                done.set_result(False)

        # reliable where the camera is: an image of a megabyte rarely survives best effort on a busy machine
        group = {"callback_group": self._images}
        subscriptions = [
            self.create_subscription(Image, topics[0], lambda m: on_image(0, m), qos_profile_best_available, **group),
            self.create_subscription(Image, topics[1], lambda m: on_image(1, m), qos_profile_best_available, **group),
            self.create_subscription(CameraInfo, info_topic, on_info, qos_profile_best_available, **group),
        ]
        timeout = self.param("timeout")
        timer = self.create_timer(timeout, on_timeout, clock=Clock(clock_type=ClockType.STEADY_TIME), **group)
        try:
            await done
        finally:
            for subscription in subscriptions:
                self.destroy_subscription(subscription)
            self.destroy_timer(timer)
        if "pair" in found and "info" in found:
            return *found["pair"], found["info"]
        raise LocalizationError(f"{_missing(topics, info_topic, matcher, found, camera)} within {timeout:g} s")

    def _steady(self) -> float:
        return Clock(clock_type=ClockType.STEADY_TIME).now().nanoseconds * 1e-9

    # where the camera is -------------------------------------------------------------------------------------------

    def _on_transform(self, message: TFMessage) -> None:
        placed = any(transform.child_frame_id == OPTICAL_FRAME for transform in message.transforms)
        self._placed_by_driver = self._placed_by_driver or placed

    def _broadcast(self) -> None:
        """Once, unless the driver has placed the optical frame already: a frame has one parent."""
        self._place_camera.cancel()
        if self._placed_by_driver:
            self.get_logger().info(f"the driver places {OPTICAL_FRAME}; its pose is not broadcast")
            return
        transform = TransformStamped(child_frame_id=OPTICAL_FRAME)
        transform.header.stamp = self.get_clock().now().to_msg()
        transform.header.frame_id = self._camera.placement.parent
        pose = pose_to_msg(Pose(self._camera.placement.position, self._camera.placement.quaternion))
        t, p = transform.transform.translation, pose.position
        t.x, t.y, t.z = p.x, p.y, p.z
        transform.transform.rotation = pose.orientation
        self._transforms.publish(TFMessage(transforms=[transform]))


def _missing(
    topics: tuple[str, str], info_topic: str, matcher: PairMatcher[Image], found: dict[str, Any], camera: ThirdCamera
) -> str:
    silent = [topic for topic, count in zip(topics, matcher.counts(), strict=True) if not count]
    if silent:
        hint = " (realsense2_camera needs align_depth.enable:=true)" if topics[1] in silent else ""
        return f"no image on {' and '.join(silent)}{hint}"
    if "pair" not in found:
        nearest, limit = (matcher.nearest or 0.0) * 1e3, camera.pair_tolerance * 1e3
        return f"colour and depth images never came closer than {nearest:.0f} ms, {limit:.0f} ms are allowed,"
    return f"no calibration on {info_topic}"


def _marked(image: NDArray[np.uint8], best: Candidate) -> NDArray[np.uint8]:
    place = (round(best.u), round(best.v))
    marked = cv2.drawMarker(image.copy(), place, (255, 0, 0), cv2.MARKER_CROSS, 24, 1)
    text = f"{best.label} {best.confidence:.2f}"
    cv2.putText(marked, text, (place[0] + 10, place[1] - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 0, 0), 1)
    return marked


def main() -> int:
    return run(Localizer)


if __name__ == "__main__":
    sys.exit(main())
