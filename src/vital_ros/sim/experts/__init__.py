"""Scripted experts, one for each kind of task."""

from vital_ros.config import TaskConfig
from vital_ros.sim.experts.base import Expert
from vital_ros.sim.experts.insertion import InsertionExpert
from vital_ros.sim.experts.pick import PickExpert
from vital_ros.sim.experts.swipe import SwipeExpert
from vital_ros.sim.tasks import Insertion, Task
from vital_ros.sim.tasks.card_swipe import CardSwipe


def make_expert(task: Task, limits: TaskConfig, error: float = 0.0) -> Expert:
    """The expert of a task; `error`: m, see Expert."""
    if isinstance(task, Insertion):
        return InsertionExpert(task, limits, error)
    return (SwipeExpert if isinstance(task, CardSwipe) else PickExpert)(task, limits, error)


__all__ = ["Expert", "make_expert"]
