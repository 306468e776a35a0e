"""What stands behind the drivers' interfaces in simulation: arm controller, AnySkin board, cameras, pacing. No ROS."""

from vital_ros.sim.devices.anyskin_board import AnySkinBoard
from vital_ros.sim.devices.pacer import Pacer
from vital_ros.sim.devices.photographer import Photographer
from vital_ros.sim.devices.plant import Moment, Plant
from vital_ros.sim.devices.xarm_driver import Report, XArmDriver

__all__ = ["AnySkinBoard", "Moment", "Pacer", "Photographer", "Plant", "Report", "XArmDriver"]
