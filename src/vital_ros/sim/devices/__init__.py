"""What stands behind the drivers' interfaces in simulation: arm controller, AnySkin's serial port, pacing. Free of ROS."""

from vital_ros.sim.devices.anyskin_board import AnySkinBoard
from vital_ros.sim.devices.pacer import Pacer
from vital_ros.sim.devices.xarm_driver import Report, XArmDriver

__all__ = ["AnySkinBoard", "Pacer", "Report", "XArmDriver"]
