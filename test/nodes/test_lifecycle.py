"""ProductNode without a graph: transitions are triggered in-process."""

from collections.abc import Iterator
from typing import ClassVar

import pytest
import rclpy
from rclpy.lifecycle import TransitionCallbackReturn

from vital_ros.nodes.lifecycle import NodeError, Param, ProductNode

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


class Lamp(ProductNode):
    """Records its hooks; `broken` names one that fails."""

    NAME = "lamp"
    PARAMETERS = (
        Param("brightness", 0.5, "share of full power", 0.0, 1.0),
        Param("colour", "red", "what it shines", choices=("red", "green")),
        Param("count", 2, "bulbs", 1, 4),
    )
    broken: ClassVar[dict[str, Exception]] = {}

    def __init__(self) -> None:
        self.hooks: list[str] = []
        self.faults: list[str] = []
        super().__init__()

    def _hook(self, name: str) -> None:
        self.hooks.append(name)
        if name in self.broken:
            raise self.broken[name]

    def configure(self) -> None:
        self._hook("configure")

    def activate(self) -> None:
        self._hook("activate")

    def deactivate(self) -> None:
        self._hook("deactivate")

    def cleanup(self) -> None:
        self._hook("cleanup")

    def fault(self, line: str) -> None:
        self.faults.append(line)
        super().fault(line)


@pytest.fixture
def ros(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Arguments to start with; the context is shut down afterwards."""
    yield []
    rclpy.try_shutdown()


def make(*parameters: str) -> Lamp:
    arguments = [part for parameter in parameters for part in ("-p", parameter)]
    rclpy.init(args=["--ros-args", *arguments] if arguments else None, domain_id=101)
    return Lamp()


@pytest.mark.usefixtures("ros")
class TestParameters:
    def test_defaults_and_overrides(self) -> None:
        lamp = make("brightness:=1", "colour:=green")  # an integer will do for a number
        assert (lamp.param("brightness"), lamp.param("colour"), lamp.param("count")) == (1.0, "green", 2)
        assert lamp.param("config_dir") == ""

    @pytest.mark.parametrize(
        ("parameter", "line"),
        [
            ("brightnes:=0.5", "unknown parameter 'brightnes'.*did you mean 'brightness'"),
            ("brightness:=1.5", r"'brightness' = 1.5: it should be within 0.0 .. 1.0"),
            ("brightness:=hell", "'brightness' = 'hell': it should be of type float"),
            ("colour:=blue", "'colour' = 'blue': it should be one of red, green"),
            ("count:=9", "'count' = 9: it should be within 1 .. 4"),
            ("count:=true", "'count' = True: it should be of type int"),
        ],
    )
    def test_bad_ones_are_refused_in_one_line(self, parameter: str, line: str) -> None:
        with pytest.raises(NodeError, match=line) as error:
            make(parameter)
        assert "\n" not in str(error.value)

    def test_they_are_read_only(self) -> None:
        lamp = make()
        (result,) = lamp.set_parameters([rclpy.Parameter("count", value=3)])
        assert not result.successful


@pytest.mark.usefixtures("ros")
class TestTransitions:
    def test_hooks_in_order(self) -> None:
        lamp = make()
        assert lamp.trigger_configure() == SUCCESS
        assert lamp.config.task("key_lock").name == "key_lock"
        assert lamp.trigger_activate() == SUCCESS
        assert lamp.state == "active"
        assert lamp.trigger_deactivate() == SUCCESS
        assert lamp.trigger_cleanup() == SUCCESS
        assert lamp.hooks == ["configure", "activate", "deactivate", "cleanup"]

    def test_shutdown_of_an_active_node_deactivates_it_first(self) -> None:
        lamp = make()
        lamp.trigger_configure()
        lamp.trigger_activate()
        lamp.trigger_shutdown()
        assert lamp.state == "finalized"
        assert lamp.hooks[2:] == ["deactivate", "cleanup"]

    def test_failed_configure_leaves_it_unconfigured_and_clean(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Lamp, "broken", {"configure": NodeError("no bulb in socket 3: screw one in")})
        lamp = make()
        assert lamp.trigger_configure() == FAILURE
        assert lamp.state == "unconfigured"
        assert lamp.hooks == ["configure", "cleanup"]
        assert lamp.faults == ["no bulb in socket 3: screw one in"]

    def test_failed_activate_leaves_it_inactive(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Lamp, "broken", {"activate": OSError("no current")})
        lamp = make()
        lamp.trigger_configure()
        assert lamp.trigger_activate() == FAILURE
        assert lamp.state == "inactive"
        assert lamp.faults == ["", "no current"]

    def test_unexpected_error_is_one_line_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Lamp, "broken", {"configure": KeyError("bulb")})
        lamp = make()
        assert lamp.trigger_configure() == FAILURE
        assert lamp.faults == ["internal error: KeyError: 'bulb'"]

    def test_bad_config_directory_is_a_fault(self) -> None:
        lamp = make("config_dir:=/nowhere")
        assert lamp.trigger_configure() == FAILURE
        assert lamp.hooks == ["cleanup"]
        assert "/nowhere" in lamp.faults[0]
