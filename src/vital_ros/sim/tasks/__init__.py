"""The tasks the cell can play: geometry and success. All else about a task is in config/tasks/<task>.yaml."""

from vital_ros.config import ConfigError
from vital_ros.sim.instance import Instance
from vital_ros.sim.tasks.base import Insertion, Task
from vital_ros.sim.tasks.card_swipe import CardSwipe
from vital_ros.sim.tasks.key_lock import KeyLock
from vital_ros.sim.tasks.pick_block import PickBlock
from vital_ros.sim.tasks.plug_socket import PlugSocket
from vital_ros.sim.tasks.usb_insertion import UsbInsertion

TASKS: dict[str, type[Task]] = {task.name: task for task in (PlugSocket, UsbInsertion, CardSwipe, KeyLock, PickBlock)}


def make_task(name: str, instance: Instance | None = None) -> Task:
    """Raise ConfigError for a task without a simulation."""
    if name not in TASKS:
        raise ConfigError(f"task '{name}' has no simulation; simulated are: {', '.join(TASKS)}")
    return TASKS[name](instance)


__all__ = ["TASKS", "Insertion", "Task", "make_task"]
