"""The graphs of `ros2 launch vital_ros <name>.launch.py name:=value …` as `./vital <name> …`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from vital_ros.cli.learning import continue_learning
from vital_ros.cli.processes import GraphError, Processes
from vital_ros.cli.recording import NothingToDo, continue_recording
from vital_ros.cli.robot_lock import robot_lock
from vital_ros.cli.terminal import terminal_kept
from vital_ros.config import ConfigError, load_config
from vital_ros.graph import (
    ArgumentError,
    NodeSpec,
    deployment,
    learning,
    parse_arguments,
    recording,
    simulation,
    view_port,
)
from vital_ros.playback.graph import recorded_episode, replaying

BAD_ARGUMENTS = 2


def launch(name: str, given: dict[str, str]) -> int:
    """Run a launch until it ends; the exit code: 0 done, 2 bad arguments, 3 the graph failed, 130 Ctrl-C."""
    try:
        arguments = parse_arguments(name, given)
        with terminal_kept(), robot_lock(arguments.get("namespace", "")):
            specs, run_dir = prepare(name, arguments)
            if arguments.get("view"):
                print(f"live view: http://127.0.0.1:{view_port(arguments)}/", flush=True)
            with Processes(specs, run_dir) as processes:
                return processes.wait()
    except NothingToDo as done:
        print(f"vital {name}: {done}")
        return 0
    except (ArgumentError, ConfigError, GraphError) as error:
        print(f"vital {name}: {error}", file=sys.stderr)
        return BAD_ARGUMENTS


def prepare(name: str, arguments: dict[str, Any]) -> tuple[list[NodeSpec], Path]:
    """The nodes of a launch and its run folder, which is made; raise ConfigError, ArgumentError, NothingToDo."""
    config = load_config(arguments["config_dir"] or None)
    episode = recorded_episode(arguments["bag"]) if name == "replay" else None
    task = episode.task if episode else arguments["task"]
    config.task(task)
    if name == "learn":
        continue_learning(arguments)
    run_dir = Path(arguments["run_dir"] or Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-{name}-{task}")
    arguments["run_dir"] = str(run_dir.resolve())
    if arguments.get("scene"):
        from vital_ros.sim.scenes import check_scene, load_scene

        scene = Path(arguments["scene"]).resolve()
        check_scene(load_scene(scene), task, config, str(scene))
        arguments["scene"] = str(scene)
    if name == "record":
        continue_recording(arguments)
    if episode:
        specs = replaying(arguments, config, episode)
    else:
        build = {"deploy": deployment, "learn": learning, "record": recording}.get(name)
        specs = build(arguments, config) if build else simulation(arguments)
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(f"run_dir:={run_dir}: {error.strerror}") from None
    return specs, run_dir.resolve()
