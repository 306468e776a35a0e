from vital_ros.doctor.finding import Concern, Finding, Level, examine


def raising(error: Exception) -> str:
    raise error


def test_what_is_in_order() -> None:
    assert examine("disk", lambda: "9 GB") == Finding("disk", Level.OK, "9 GB")


def test_a_concern_keeps_its_level_and_remedy() -> None:
    concern = Concern("1 GB free", "delete runs", Level.FAIL)
    assert examine("disk", lambda: raising(concern)) == Finding("disk", Level.FAIL, "1 GB free", "delete runs")
    assert examine("disk", lambda: raising(Concern("not checked"))).level is Level.WARN


def test_whatever_a_broken_part_raises_is_a_failure_in_one_line() -> None:
    broken = examine("ROS", lambda: raising(RuntimeError("no rclpy; start ./vital again\nTraceback")))
    assert broken == Finding("ROS", Level.FAIL, "no rclpy", "start ./vital again")
    assert examine("ROS", lambda: raising(KeyError())).found == "KeyError"
