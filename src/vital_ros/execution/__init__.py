"""Running one episode: plan, observe, act, end. Free of ROS; the node lends it a robot."""
