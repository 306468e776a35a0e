"""The tasks the cell can play: geometry, held part, success. All else about a task is in config/tasks/<task>.yaml."""

from vital_ros.config import ConfigError
from vital_ros.sim.tasks.base import Task
from vital_ros.sim.tasks.key_lock import KeyLock

TASKS: dict[str, type[Task]] = {task.name: task for task in (KeyLock,)}


def make_task(name: str) -> Task:
    """Raise ConfigError for a task without a simulation."""
    if name not in TASKS:
        raise ConfigError(f"task '{name}' has no simulation; simulated are: {', '.join(TASKS)}")
    return TASKS[name]()


__all__ = ["TASKS", "Task", "make_task"]
