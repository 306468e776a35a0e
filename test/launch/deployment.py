"""The scenarios on launch/deploy.launch.py: `launch_test test/launch/deployment.py`, with a ROS domain of its own."""

import sys
import unittest
from functools import partialmethod
from pathlib import Path
from tempfile import TemporaryDirectory

from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch_testing import post_shutdown_test
from launch_testing.actions import ReadyToTest
from launch_testing.asserts import assertExitCodes

HERE = Path(__file__).parent
DIRECTORY = TemporaryDirectory(prefix="vital_ros_launch_test_")
sys.path[:0] = [str(HERE), str(HERE.parent / "graph")]

from client import Client  # noqa: E402
from scenarios import SCENARIOS, assert_stopped_before_the_end, launch_arguments  # noqa: E402


def generate_test_description():
    launch_file = PythonLaunchDescriptionSource(str(HERE.parents[1] / "launch/deploy.launch.py"))
    arguments = launch_arguments(Path(DIRECTORY.name))
    deployment = IncludeLaunchDescription(launch_file, launch_arguments=arguments.items())
    return LaunchDescription([deployment, ReadyToTest()])


class TestRunningGraph(unittest.TestCase):
    """unittest calls the methods by the alphabet, hence the numbers."""

    @classmethod
    def setUpClass(cls):
        cls.client = Client()

    @classmethod
    def tearDownClass(cls):
        cls.client.close()

    def run_scenario(self, index):
        SCENARIOS[index](self.client)


for index, scenario in enumerate(SCENARIOS):
    setattr(TestRunningGraph, f"test_{index}_{scenario.__name__}", partialmethod(TestRunningGraph.run_scenario, index))


@post_shutdown_test()
class TestAfterShutdown(unittest.TestCase):
    def test_every_node_ends_by_itself_without_an_error(self, proc_info):
        assertExitCodes(proc_info)

    def test_the_arm_was_stopped_first(self, proc_output):
        cell = next(name for name in proc_output.process_names() if "sim_cell" in name)
        assert_stopped_before_the_end("".join(chunk.text.decode() for chunk in proc_output[cell]))
