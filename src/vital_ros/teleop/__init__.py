"""A person's hand on the arm: keyboard or gamepad to steps of the tool. Free of ROS."""

from vital_ros.teleop.command import Command, Operator, Steering
from vital_ros.teleop.gamepad import Gamepad
from vital_ros.teleop.keyboard import Keyboard

OPERATORS = {"keyboard": Keyboard, "gamepad": Gamepad}

__all__ = ["OPERATORS", "Command", "Gamepad", "Keyboard", "Operator", "Steering"]
