"""Client of /localize for the command line: `ros2 run vital_ros localize "key lock"` and `./vital localize`."""

from __future__ import annotations

import argparse
import sys

import rclpy
from vital_msgs.srv import Localize

NOT_FOUND = 1
NO_GRAPH = 3


def localize(query: str, timeout: float) -> int:
    """Print where `query` is; returns the exit code: 0 found, 1 not found, 3 no answer within `timeout` s."""
    rclpy.init()
    try:
        node = rclpy.create_node("localize")
        client = node.create_client(Localize, "localize")
        future = client.call_async(Localize.Request(query=query)) if client.wait_for_service(timeout) else None
        if future:
            rclpy.spin_until_future_complete(node, future, timeout_sec=timeout)
    finally:
        rclpy.try_shutdown()
    if future is None or not future.done():
        what = "runs" if future is None else "answered"
        print(f"localize: no localizer {what} within {timeout:g} s; start one with ./vital deploy", file=sys.stderr)
        return NO_GRAPH
    answer = future.result()
    if not answer.success:
        print(f"localize: {answer.message}", file=sys.stderr)
        return NOT_FOUND
    p = answer.pose.pose.position
    print(f"{answer.message}: ({p.x:.4f}, {p.y:.4f}, {p.z:.4f}) m in {answer.pose.header.frame_id}")
    print(
        f"waited {answer.wait_time * 1e3:.0f} ms for images, "
        f"pointed in {answer.pointing_time * 1e3:.0f} ms, projected in {answer.projection_time * 1e3:.1f} ms"
    )
    return 0


def main() -> int:
    from vital_ros.cli.localize import add_arguments, run

    parser = argparse.ArgumentParser(prog="localize", description="Ask the running localizer where something is.")
    add_arguments(parser)
    return run(parser.parse_args(rclpy.utilities.remove_ros_args()[1:]))


if __name__ == "__main__":
    sys.exit(main())
