"""The graph's checks, with graphs that are made up."""

from dataclasses import replace

from vital_ros.doctor import graph
from vital_ros.doctor.finding import Finding, Level, examine
from vital_ros.doctor.graph import Snapshot

NAMESPACE, MOTION = "/xarm", "set_servo_cartesian_aa"
WANTED = {"/anyskin/tactile": 50.0, "/xarm/robot_states": 50.0}
NOTHING = Snapshot((), (), {}, {})
RUNNING = Snapshot(
    ("arm_gate", "anyskin", "supervisor"),
    tuple(f"/xarm/{name}" for name in (*graph.NEEDED, MOTION)),
    {"/anyskin/tactile": 99.0, "/xarm/robot_states": 100.0},
    {"state": 1, "reason": "", "mode": 1, "error": 0},
)


def all_checks(seen: Snapshot) -> list[Finding]:
    return [
        examine("streams", lambda: graph.rates(seen, WANTED)),
        examine("services", lambda: graph.driver_services(seen, NAMESPACE, MOTION)),
        examine("arm", lambda: graph.arm(seen, 1)),
    ]


def test_without_a_graph_nothing_is_ok_but_the_free_domain() -> None:
    assert all(f.level is Level.WARN and "not checked" in f.found for f in all_checks(NOTHING))
    assert graph.domain(NOTHING, "7") == "domain 7: free"


def test_a_sound_graph() -> None:
    assert [f.level for f in all_checks(RUNNING)] == [Level.OK] * 3
    assert "arm_gate" in graph.domain(RUNNING, "0")


def test_others_on_the_domain() -> None:
    stranger = examine("domain", lambda: graph.domain(replace(RUNNING, nodes=("arm_gate", "turtlesim")), "0"))
    assert (stranger.level, "turtlesim" in stranger.found) == (Level.WARN, True)
    twice = examine("domain", lambda: graph.domain(replace(RUNNING, nodes=("arm_gate", "arm_gate")), "0"))
    assert (twice.level, "several arm_gate" in twice.found) == (Level.FAIL, True)
    assert "ROS_DOMAIN_ID" in twice.remedy


def test_a_stream_that_is_slow_or_missing() -> None:
    slow = all_checks(replace(RUNNING, rates={"/xarm/robot_states": 5.0}))[0]
    assert slow.level is Level.FAIL
    assert "/anyskin/tactile 0 Hz, /xarm/robot_states 5 Hz" in slow.found


def test_a_service_that_is_switched_off() -> None:
    lacking = all_checks(replace(RUNNING, services=RUNNING.services[:-1]))[1]
    assert (lacking.level, lacking.remedy) == (Level.FAIL, f"set services.{MOTION} true for it")


def test_an_arm_that_is_not_ready() -> None:
    def level(**changes: object) -> Level:
        return all_checks(replace(RUNNING, arm={**RUNNING.arm, **changes}))[2].level

    assert level(error=31) is Level.FAIL
    assert level(state=4, reason="contact") is Level.FAIL
    assert level(mode=0) is Level.FAIL
    assert level(state=0) is Level.WARN
