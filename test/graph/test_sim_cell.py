"""Node sim_cell: what its neighbours see of it."""

import numpy as np
import pytest
from control_msgs.action import GripperCommand
from geometry_msgs.msg import PoseStamped
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import Float64
from std_srvs.srv import SetBool
from tf2_msgs.msg import TFMessage
from vital_msgs.msg import EpisodeLabel, ExecutorStatus, Tactile
from vital_msgs.srv import ResetCell
from xarm_msgs import srv
from xarm_msgs.msg import RobotMsg

from vital_ros.nodes.images import from_image_msg

MODULE = "vital_ros.nodes.sim_cell"


@pytest.fixture
def cell(spawn, client, tmp_path):
    """Start a cell, wait until it serves, return its process."""

    def start(*parameters):
        arguments = [f"device_dir:={tmp_path / 'devices'}", "task:=key_lock", *parameters]
        process = spawn(MODULE, "--ros-args", *(word for p in arguments for word in ("-p", p)))
        reset(client, 1)
        return process

    return start


def reset(client, seed):
    response = client.call(ResetCell, "/sim/reset", ResetCell.Request(seed=seed))
    assert response.success and response.arm_stopped == ("put home" in response.message)
    return response.message


def make_ready(client, mode):
    for kind, name, request in (
        (srv.Call, "clean_error", srv.Call.Request()),
        (srv.SetInt16ById, "motion_enable", srv.SetInt16ById.Request(id=8, data=1)),
        (srv.SetInt16, "set_mode", srv.SetInt16.Request(data=mode)),
        (srv.SetInt16, "set_state", srv.SetInt16.Request(data=0)),
    ):
        assert client.call(kind, f"/xarm/{name}", request).ret == 0


def move(client, pose, name="set_position", **fields):
    request = srv.MoveCartesian.Request(pose=[float(v) for v in pose], **fields)
    return client.call(srv.MoveCartesian, f"/xarm/{name}", request).ret


def stamp(message):
    return message.header.stamp.sec + message.header.stamp.nanosec * 1e-9


def test_arm_reports_and_moves(cell, client):
    process = cell()
    states = client.subscribe(RobotMsg, "/xarm/robot_states")
    joints = client.subscribe(JointState, "/xarm/joint_states")
    first = states.wait(1)[0]
    assert (first.mode, first.state, first.err) == (0, 4, 0) and len(first.angle) == 7
    assert list(first.offset) == [0, 0, 172, 0, 0, 0]
    arm = joints.wait(1, match=lambda m: "joint1" in m.name)[0]
    gripper = joints.wait(1, match=lambda m: "drive_joint" in m.name)[0]
    assert len(arm.position) == 7 and "joint1" not in gripper.name and 0 <= gripper.position[0] <= 0.85

    pose = np.array(first.pose)
    assert move(client, pose) == -2
    make_ready(client, 7)
    goal = pose + np.array([0, 20, 10, 0, 0, 0])
    assert move(client, goal, speed=100.0) == 0
    states.wait(1, match=lambda m: np.abs(np.array(m.pose)[:3] - goal[:3]).max() < 0.5)
    make_ready(client, 1)
    assert move(client, goal, "set_servo_cartesian") == 0
    assert move(client, goal) == 9, states.messages[-1]
    assert move(client, goal + np.array([30, 0, 0, 0, 0, 0]), "set_servo_cartesian") == 0
    tripped = states.wait(1, match=lambda m: m.err != 0)[0]
    assert (tripped.err, tripped.mode, tripped.state) == (24, 0, 4)

    assert process.interrupt() == 0


def test_reports_come_at_100_hz_of_cell_time(cell, client):
    cell("real_time_factor:=2.0")
    states = client.subscribe(RobotMsg, "/xarm/robot_states")
    clocks = client.subscribe(Clock, "/clock")
    stamps = np.array([stamp(m) for m in states.wait(200)])
    assert np.median(np.diff(stamps)) == pytest.approx(0.01, abs=0.003)
    times = [m.clock.sec + m.clock.nanosec * 1e-9 for m in clocks.wait(100)]
    assert np.median(np.diff(times)) == pytest.approx(0.004, abs=1e-6)
    assert stamps[-1] < 600  # cell time, not the wall clock


def test_faults_can_be_injected(cell, client):
    cell()
    states = client.subscribe(RobotMsg, "/xarm/robot_states")
    make_ready(client, 1)
    client.call(srv.SetInt16, "/sim/inject_error", srv.SetInt16.Request(data=31))
    states.wait(1, match=lambda m: (m.err, m.mode, m.state) == (31, 0, 4))
    make_ready(client, 1)
    client.call(SetBool, "/sim/emergency_stop", SetBool.Request(data=True))
    states.wait(1, match=lambda m: m.err == 1 and m.mt_able == 0)
    client.call(SetBool, "/sim/emergency_stop", SetBool.Request(data=False))
    make_ready(client, 1)
    client.call(SetBool, "/sim/freeze_arm", SetBool.Request(data=True))
    states.clear()
    client.wait_for_message(Float64, "/sim/contact_force")  # the cell goes on
    assert len(states.messages) <= 1
    client.call(SetBool, "/sim/freeze_arm", SetBool.Request(data=False))
    states.wait(5)


def test_gripper_action_and_service(cell, client):
    cell()
    make_ready(client, 1)
    action = client.action_client(GripperCommand, "/xarm_gripper/gripper_action")
    assert action.wait_for_server(60.0)
    goal = GripperCommand.Goal()
    goal.command.position = 0.35
    handle = client.result(action.send_goal_async(goal))
    result = client.result(handle.get_result_async()).result
    assert result.reached_goal and result.position == pytest.approx(0.35, abs=0.02)
    request = srv.GripperMove.Request(pos=850.0, wait=True, timeout=30.0)
    assert client.call(srv.GripperMove, "/xarm/set_gripper_position", request).ret == 0
    pulses = client.call(srv.GetFloat32, "/xarm/get_gripper_position").data
    assert pulses == pytest.approx(850, abs=5)
    action.destroy()


def test_third_camera(cell, client, latched):
    cell()
    depths = client.subscribe(Image, "/camera/camera/aligned_depth_to_color/image_raw")
    colors = client.subscribe(Image, "/camera/camera/color/image_raw")
    infos = client.subscribe(CameraInfo, "/camera/camera/color/camera_info")
    image, depth, info = (recorder.wait(1)[0] for recorder in (colors, depths, infos))
    pixels, millimetres = from_image_msg(image, "rgb8"), from_image_msg(depth)
    assert pixels.shape == (480, 640, 3) and pixels.std() > 5
    assert (depth.encoding, millimetres.shape) == ("16UC1", (480, 640))
    assert 300 < np.median(millimetres) < 3000 and (millimetres == 0).any()
    assert info.k[0] == 608.5 and info.header.frame_id == image.header.frame_id == "camera_color_optical_frame"
    pairs = {stamp(m) for m in colors.wait(3)} & {stamp(m) for m in depths.wait(3)}
    assert pairs
    transform = client.wait_for_message(TFMessage, "/tf_static", qos=latched).transforms[0]
    assert (transform.header.frame_id, transform.child_frame_id) == ("link_base", "camera_color_optical_frame")


def test_product_devices_read_the_cell(cell, client, spawn, tmp_path, latched):
    cell()
    devices = tmp_path / "devices"
    spawn("vital_ros.nodes.anyskin", "--ros-args", "-p", f"port:={devices / 'anyskin'}")
    spawn("vital_ros.nodes.wrist_camera", "--ros-args", "-p", f"device:=sim:{devices / 'wrist_camera.sock'}")
    for node in ("anyskin", "wrist_camera"):
        client.bring_up(node)
    tactile = client.wait_for_message(Tactile, "/anyskin/tactile")
    assert len(tactile.field) == 30 and 10 < np.abs(tactile.field).max() < 5000
    client.wait_for_message(Tactile, "/anyskin/baseline", qos=latched)
    image = from_image_msg(client.wait_for_message(Image, "/wrist_camera/image_raw"))
    assert image.shape == (128, 160, 3) and image.std() > 5


def test_reset_and_judge(cell, client, latched):
    cell()
    statuses = client.publisher(ExecutorStatus, "/policy/status", latched)
    labels = client.subscribe(EpisodeLabel, "/episode/label")
    first = client.wait_for_message(PoseStamped, "/sim/target_pose", qos=latched).pose.position
    assert reset(client, 2) == "the arm stays"
    second = client.wait_for_message(PoseStamped, "/sim/target_pose", qos=latched).pose.position
    assert (first.x, first.y) != (second.x, second.y)
    refused = client.call(ResetCell, "/sim/reset", ResetCell.Request(seed=-1))
    assert not refused.success and "seed = -1" in refused.message

    make_ready(client, 1)
    request = srv.GripperMove.Request(pos=850.0, wait=True, timeout=30.0)
    client.call(srv.GripperMove, "/xarm/set_gripper_position", request)  # drops the key
    statuses.publish(ExecutorStatus(phase=ExecutorStatus.LOCAL_POLICY, episode_id="episode_7"))
    label = labels.wait(1)[0]
    assert (label.episode_id, label.source, label.success, label.reason) == (
        "episode_7",
        EpisodeLabel.JUDGE,
        False,
        "dropped",
    )


def test_reset_with_a_low_arm_puts_it_home_and_stops_it(cell, client):
    cell()
    states = client.subscribe(RobotMsg, "/xarm/robot_states")
    home = np.array(states.wait(1)[0].pose)
    make_ready(client, 7)
    low = home.copy()
    low[:3] = 350.0, -150.0, 110.0
    assert move(client, low, speed=250.0) == 0
    states.wait(1, match=lambda m: abs(m.pose[2] - 110) < 1)
    assert "put home" in reset(client, 3)
    states.clear()
    after = states.wait(1, match=lambda m: m.state == 4)[0]
    np.testing.assert_allclose(after.pose[:3], home[:3], atol=1.0)


def test_pictures_and_the_arms_answers_share_no_participant(cell, client):
    """In one, an answer was lost some ten times a minute while somebody looked at the third camera."""
    cell()
    client.subscribe(Image, "/camera/camera/aligned_depth_to_color/image_raw").wait(1)
    client.subscribe(Image, "/camera/camera/color/image_raw").wait(1)
    client.subscribe(RobotMsg, "/xarm/robot_states").wait(1)
    topics = ("/camera/camera/color/image_raw", "/camera/camera/aligned_depth_to_color/image_raw", "/xarm/robot_states")
    infos = [client.node.get_publishers_info_by_topic(topic) for topic in topics]
    color, depth, states = (bytes(info.endpoint_gid[:12]) for (info,) in infos)
    assert color == depth != states


@pytest.mark.parametrize(
    ("parameters", "environment", "line"),
    [
        (["task:=juggling"], {}, "sim_cell: task 'juggling' .*key_lock"),
        (["task:=key_lock", "speed:=2"], {}, "sim_cell: unknown parameter 'speed'"),
        (["task:=key_lock", "real_time_factor:=100.0"], {}, "real_time_factor' = 100.0: it should be within"),
        (
            ["task:=key_lock"],
            {"__EGL_VENDOR_LIBRARY_DIRS": "/nonexistent"},
            "sim_cell: cannot render.* install libegl1",
        ),
    ],
)
def test_what_cannot_start_says_why_in_one_line(spawn, tmp_path, monkeypatch, parameters, environment, line):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    parameters = [f"device_dir:={tmp_path / 'devices'}", *parameters]
    process = spawn(MODULE, "--ros-args", *(word for p in parameters for word in ("-p", p)))
    assert process.wait() == 2
    process.wait_for_log(line)
    assert "Traceback" not in process.output
    assert not (tmp_path / "devices" / "anyskin").exists()


def test_second_cell_on_the_same_devices_is_refused(cell, spawn, tmp_path):
    first = cell()
    second = spawn(MODULE, "--ros-args", "-p", f"device_dir:={tmp_path / 'devices'}", "-p", "task:=key_lock")
    assert second.wait() == 2
    second.wait_for_log("another simulated cell uses .* end it or set another ROS_DOMAIN_ID")
    assert (tmp_path / "devices" / "anyskin").exists()
    assert first.interrupt() == 0
    assert not (tmp_path / "devices").exists()
