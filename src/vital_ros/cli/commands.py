"""The commands of `./vital`: names and summaries, for the help and for refusing what does not exist.

Standard library only: `./vital --help` answers before anything is installed.
"""

from __future__ import annotations

from difflib import get_close_matches

LAUNCHES = {
    "deploy": "localise the object and run the local policy: simulated cell, or a real arm with robot_ip:=…",
    "learn": "deploy, and learn a residual from every episode: with the judge's labels, or yours at a real arm",
    "record": "record demonstrations from the live graph: with a keyboard, a gamepad, or by the expert in simulation",
    "sim": "the simulated cell alone, behind the drivers' own interface",
}
TOOLS = {
    "demos": "record demonstrations of the scripted expert as rosbag2 episodes",
    "annotate": "click key points of a task's objects on one frame of its demonstrations",
    "masks": "cut the objects of a task out of its demonstrations, from key points on one frame",
    "backgrounds": "fill a folder with pictures that ./vital train can cut backgrounds from",
    "train": "train a policy from episodes",
    "replay": "play a recorded episode to the live nodes and compare: nothing moves",
    "eval": "trials of a policy or the expert in the simulated cell, in-process",
    "results": "policies under the paper's conditions: the tables and the figure of docs/results.md",
    "gallery": "pictures of all tasks under all conditions",
    "bench": "measure the project's figures and write them as JSON",
    "soak": "run a simulated deployment for half an hour: nothing may grow, be left behind or be skipped",
    "localize": "ask the running localizer where something is",
    "register": "teach the localizer an object from one picture",
    "calibrate": "where the third camera stands and how the wrist camera bends, from views of a printed board",
    "doctor": "check every part of the installation and the devices",
    "security": "write the SROS 2 policy of the graph: which node may do what",
    "test": "lint, types and the whole test suite",
}


def usage() -> str:
    """What `./vital --help` prints."""
    width = max(map(len, [*LAUNCHES, *TOOLS]))
    lines = [
        "usage: ./vital COMMAND …     (./vital COMMAND --help explains one)",
        "",
        "launches, with name:=value arguments:",
    ]
    lines += [f"  {name:<{width}}  {summary}" for name, summary in LAUNCHES.items()]
    lines += ["", "tools, with ordinary options:"]
    lines += [f"  {name:<{width}}  {summary}" for name, summary in TOOLS.items()]
    lines += ["", "The first use sets this clone up in .vital/ (some minutes); later starts skip that."]
    return "\n".join(lines)


def unknown_command(name: str) -> str | None:
    """One line that refuses `name` and names the nearest command; None if it exists."""
    known = [*LAUNCHES, *TOOLS]
    return None if name in known else f"unknown command '{name}'; {nearest(name, known)}"


def nearest(name: str, known: list[str]) -> str:
    """`did you mean 'x'?`, or the list of what there is."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"
