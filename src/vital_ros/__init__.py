"""VITAL on ROS 2: localize-then-execute visuotactile policies for contact-rich manipulation."""

__version__ = "0.1.0"
