"""Which arguments every launch takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vital_ros.graph.arguments import LaunchArgument, typed

TASK = LaunchArgument("task", None, "task to do: the name of a file in config/tasks")
ROBOT_IP = LaunchArgument("robot_ip", "", "address of the real xArm's controller; empty: the simulated cell")
NAMESPACE = LaunchArgument("namespace", "", "of this robot's nodes, where several share a ROS domain, such as left")
CONFIG_DIR = LaunchArgument("config_dir", "", "configuration directory; empty: the installed one")
REAL_TIME_FACTOR = LaunchArgument(
    "real_time_factor", "1.0", "speed of the simulated cell; other than 1 the nodes run on /clock", float, minimum=0.05
)
SEED = LaunchArgument("seed", "100000", "seed of the first episode; the next ones count up", int, minimum=0)
VIEW = LaunchArgument("view", "false", "show cameras and touch live on a page for the browser of this machine", bool)
RUN_DIR = LaunchArgument("run_dir", "", "folder for config, metrics, videos and logs; empty: runs/<date>-<task>")

SCENE = LaunchArgument("scene", "", "YAML file of the simulated scene (docs/scenes.md); empty: the green screen")
QUERY = LaunchArgument("query", "", "what to look for; empty: the task's own prompt")
TARGET_YAW = LaunchArgument("target_yaw", "0.0", "rad by which the target is turned beyond its task file", float)
BACKEND = LaunchArgument(
    "backend", "", "arm command backend; empty: as config/robot.yaml says", choices=("", "servo", "online")
)
HEADLESS = LaunchArgument("headless", "false", "plain lines in place of the live terminal view", bool)
VIDEO = LaunchArgument("video", "true", "write a video of every episode", bool)
COMMON = (VIEW, VIDEO, SCENE, CONFIG_DIR, REAL_TIME_FACTOR, RUN_DIR)

DEPLOY = (
    TASK,
    QUERY,
    TARGET_YAW,
    LaunchArgument("policy", "", "policy in models/<task>, or a .safetensors file's path; empty: vital, else vital_bc"),
    LaunchArgument(
        "execution", "", "action executed; empty: as the policy was trained", choices=("", "ensemble", "newest")
    ),
    ROBOT_IP,
    BACKEND,
    LaunchArgument(
        "episodes", "1", "episodes to run; 0: bring the graph up and wait for goals on /execute_task", int, minimum=0
    ),
    SEED,
    LaunchArgument("report", "", "file to write the JSON report to, beside the one in the run folder"),
    HEADLESS,
    LaunchArgument("record", "true", "write every episode as a rosbag2 bag into the run folder", bool),
    NAMESPACE,
    *COMMON,
)
RECORD = (
    TASK,
    LaunchArgument(
        "operator",
        "keyboard",
        "who moves the arm; expert: only in simulation",
        choices=("keyboard", "gamepad", "expert"),
    ),
    LaunchArgument("device", "", "gamepad or terminal to read; empty: /dev/input/js0, or the terminal of this command"),
    LaunchArgument("episodes", "32", "successful episodes that the folder shall hold in the end", int, minimum=1),
    LaunchArgument(
        "confirm", "", "wait for key n before each further episode; empty: at a real arm", choices=("", "true", "false")
    ),
    LaunchArgument("out", "", "folder of the episodes, continued if it exists; empty: data/<task>"),
    LaunchArgument("seed", "0", "seed of the first episode; the next ones count up", int, minimum=0),
    QUERY,
    TARGET_YAW,
    ROBOT_IP,
    BACKEND,
    HEADLESS,
    *COMMON,
)
LEARN = (
    TASK,
    LaunchArgument("base", "vital_bc", "policy in models/<task> to correct, or the path of a .safetensors file"),
    LaunchArgument("variant", "", "a variant of config/residual.yaml; empty: its defaults"),
    LaunchArgument("episodes", "200", "episodes to run", int, minimum=1),
    LaunchArgument("seed", "0", "seed of the first episode of a new run; the next ones count up", int, minimum=0),
    LaunchArgument("run_dir", "", "folder of all that is learned and recorded, continued; empty: runs/learn_<task>"),
    LaunchArgument(
        "operator", "", "who labels; empty: the judge in simulation, else the keyboard",
        choices=("", "keyboard", "gamepad"),
    ),
    LaunchArgument("device", "", "gamepad or terminal to read; empty: /dev/input/js0, or the terminal of this command"),
    LaunchArgument("video", "false", "write a video of every episode", bool),
    QUERY,
    TARGET_YAW,
    ROBOT_IP,
    BACKEND,
    HEADLESS,
    VIEW,
    SCENE,
    CONFIG_DIR,
    REAL_TIME_FACTOR,
    LaunchArgument("robots", "", "namespaces of all robots that one learner learns from, such as left,right; it runs "
                   "beside the first; empty: this robot alone"),
    NAMESPACE,
)  # fmt: skip
SIM = (TASK, SEED, VIEW, SCENE, CONFIG_DIR, REAL_TIME_FACTOR, RUN_DIR)

REPLAY = (
    LaunchArgument("bag", None, "directory of a recorded episode of a policy"),
    LaunchArgument("policy", "", "policy in models/<task>, or the path of a .safetensors file; empty: as recorded"),
    LaunchArgument(
        "execution", "", "action executed at a tick; empty: as recorded", choices=("", "ensemble", "newest")
    ),
    LaunchArgument("query", "", "what to look for in the recorded images; empty: the task's own prompt"),
    LaunchArgument("rate", "1.0", "speed: 1 as recorded, large numbers as fast as it goes", float, minimum=0.01),
    LaunchArgument("tolerance", "1e-4", "action error, in network units, that is no divergence", float, minimum=0.0),
    CONFIG_DIR,
    RUN_DIR,
)

LAUNCHES: dict[str, tuple[LaunchArgument, ...]] = {
    "deploy": DEPLOY,
    "learn": LEARN,
    "record": RECORD,
    "sim": SIM,
    "replay": REPLAY,
}


def parse_arguments(launch: str, given: Mapping[str, str]) -> dict[str, Any]:
    """All arguments of a launch, typed, defaults filled in; raise ArgumentError with one line."""
    return typed(LAUNCHES[launch], given)
