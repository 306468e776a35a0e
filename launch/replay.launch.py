"""`ros2 launch vital_ros replay.launch.py`: the graph that vital_ros.graph describes."""

from vital_ros.nodes.launch_actions import description


def generate_launch_description():
    return description("replay")
