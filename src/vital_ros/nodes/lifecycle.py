"""What all product nodes share: parameters, configuration, faults, signals, exit code.

A node subclasses `ProductNode`, lists its `PARAMETERS`, overrides the hooks `configure`, `activate`, `deactivate`,
`cleanup` and calls `run(TheNode)` in its `main`.
"""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar

import rclpy
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy, qos_profile_sensor_data
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args
from std_msgs.msg import String

from vital_ros.config import Config, load_config
from vital_ros.nodes.spinner import Spinner

SENSOR = qos_profile_sensor_data
COMMAND = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
LATCHED = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)

_RCL_PARAMETERS = ("use_sim_time", "start_type_description_service")


class NodeError(RuntimeError):
    """Why a node cannot go on, in one line for the user: the thing, its value, the remedy."""


@dataclass(frozen=True)
class Param:
    """A parameter read once, at start; its type is that of `default`.

    Attributes:
        minimum, maximum: range of a number, both or none.
        choices: the strings allowed, empty for any.
    """

    name: str
    default: str | float | int | bool
    description: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    def descriptor(self) -> ParameterDescriptor:
        descriptor = ParameterDescriptor(name=self.name, description=self.description, read_only=True)
        if self.choices:
            descriptor.additional_constraints = "one of: " + ", ".join(self.choices)
        if self.minimum is not None and self.maximum is not None:
            if isinstance(self.default, int):
                limits = IntegerRange(from_value=int(self.minimum), to_value=int(self.maximum))
                descriptor.integer_range = [limits]
            else:
                descriptor.floating_point_range = [FloatingPointRange(from_value=self.minimum, to_value=self.maximum)]
        return descriptor


CONFIG_DIR = Param("config_dir", "", "configuration directory; empty: the installed one")


class ProductNode(LifecycleNode):
    """A lifecycle node whose every failure is one line: logged, and latched on `~/fault`.

    Attributes:
        config: the validated configuration, loaded at each configure, before the `configure` hook.
        ending: set once the process is asked to end; a hook that waits looks at it.

    Hooks raise to refuse a transition: a failed configure leaves the node unconfigured (after `cleanup`), a failed
    activate inactive. `deactivate` is where motion stops; it also runs when the process is asked to end.
    """

    NAME: ClassVar[str]
    PARAMETERS: ClassVar[tuple[Param, ...]] = ()

    config: Config

    def __init__(self) -> None:
        """Raise NodeError for an unknown, mistyped or out-of-range parameter."""
        super().__init__(self.NAME)
        self._fault_publisher = self.create_publisher(String, "~/fault", LATCHED)
        self.ending = threading.Event()
        self._active = False
        self._configured = False
        params = {p.name: p for p in (CONFIG_DIR, *self.PARAMETERS)}
        self._reject_unknown(params)
        for param in params.values():
            self._declare(param)

    # hooks ---------------------------------------------------------------------------------------------------------

    def configure(self) -> None:
        """Open devices, load weights, create publishers, subscriptions, services."""

    def activate(self) -> None:
        """Start threads; from here on motion is possible."""

    def deactivate(self) -> None:
        """Stop what `activate` started, motion first."""

    def cleanup(self) -> None:
        """Release what `configure` opened; also called after a configure that failed half way."""

    # for subclasses ------------------------------------------------------------------------------------------------

    def param(self, name: str) -> Any:
        """Value of a declared parameter."""
        return self.get_parameter(name).value

    @property
    def state(self) -> str:
        """Lifecycle state: unconfigured, inactive, active or finalized."""
        return self._state_machine.current_state[1]

    def fault(self, line: str) -> None:
        """Tell the user, on the console and on `~/fault`, that something failed; an empty line clears the topic."""
        if line:
            self.get_logger().error(line)
        self._fault_publisher.publish(String(data=line))

    def come_to_rest(self) -> None:
        """Deactivate if active."""
        if self.state == "active":
            self.trigger_deactivate()

    # lifecycle -----------------------------------------------------------------------------------------------------

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        def configure() -> None:
            self.config = load_config(self.param("config_dir"))
            self.configure()

        if not self._succeeds(configure):
            self._succeeds(self.cleanup)
            return TransitionCallbackReturn.FAILURE
        self._configured = True
        self.fault("")
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        super().on_activate(state)
        if not self._succeeds(self.activate):
            super().on_deactivate(state)
            return TransitionCallbackReturn.FAILURE
        self._active = True
        return TransitionCallbackReturn.SUCCESS

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._active = False
        self._succeeds(self.deactivate)
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._configured = False
        self._succeeds(self.cleanup)
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        if self._active:
            self.on_deactivate(state)
        if self._configured:
            self.on_cleanup(state)
        return super().on_shutdown(state)

    # parameters ----------------------------------------------------------------------------------------------------

    def _reject_unknown(self, params: dict[str, Param]) -> None:
        for name in self._parameter_overrides:  # rclpy ignores overrides of parameters nobody declares
            if name in params or name in _RCL_PARAMETERS or name.startswith("qos_overrides."):
                continue
            close = get_close_matches(name, params, n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise NodeError(f"unknown parameter '{name}'; known: {', '.join(params)}{hint}")

    def _declare(self, param: Param) -> None:
        override = self._parameter_overrides.get(param.name)
        if override is not None and isinstance(param.default, float) and override.type_ == Parameter.Type.INTEGER:
            self._parameter_overrides[param.name] = Parameter(param.name, value=float(override.value))
        given = self._parameter_overrides[param.name].value if override is not None else param.default
        try:
            self.declare_parameter(param.name, param.default, param.descriptor())
        except InvalidParameterTypeException:
            wanted = type(param.default).__name__
            raise NodeError(f"parameter '{param.name}' = {given!r}: it should be of type {wanted}") from None
        except InvalidParameterValueException:
            raise NodeError(
                f"parameter '{param.name}' = {given!r}: it should be within {param.minimum} .. {param.maximum}"
            ) from None
        if param.choices and given not in param.choices:
            raise NodeError(f"parameter '{param.name}' = {given!r}: it should be one of {', '.join(param.choices)}")

    def _succeeds(self, hook: Any) -> bool:
        try:
            hook()
        except (NodeError, ValueError, OSError) as error:  # what a user can mend
            self.fault(str(error).replace("\n", "; "))
        except Exception as error:
            self.get_logger().debug(traceback.format_exc())
            self.fault(f"internal error: {type(error).__name__}: {error}".replace("\n", " "))
        else:
            return True
        return False


def run(node_class: type[ProductNode]) -> int:
    """Run a node until SIGINT or SIGTERM; return the process's exit code.

    0 after an orderly end, 1 after a callback raised, 2 for bad arguments. Callbacks run in a Spinner's
    thread. After a signal the node comes to rest there, like at a request by service; the rest of its lifecycle
    (cleanup, shutdown) follows in the main thread, when nothing waits on its entities any more.
    """
    end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    try:
        extra = remove_ros_args(sys.argv)[1:]
        if extra:
            raise NodeError(f"unknown argument '{extra[0]}'; parameters are given as --ros-args -p name:=value")
        rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    except NodeError as error:
        return _refuse(node_class, str(error))
    except RuntimeError as error:  # of rcl's own parser; what it says ends in C source locations
        return _refuse(node_class, "ROS arguments: " + str(error).split(" Error: ")[0].split(", at /")[0])
    try:
        node = node_class()
    except (NodeError, ValueError, OSError) as error:
        rclpy.try_shutdown()
        return _refuse(node_class, str(error))
    node.ending = end
    spinner = Spinner(node, on_end=end.set)
    spinner.start()
    end.wait()
    spinner.finish(node.come_to_rest)
    if spinner.failure:
        traceback.print_exception(spinner.failure)
        node.fault(f"internal error: {type(spinner.failure).__name__}: {spinner.failure}")
    if node.state != "finalized":
        node.trigger_shutdown()
    node.destroy_node()
    rclpy.try_shutdown()
    return 1 if spinner.failure else 0


def _refuse(node_class: type[ProductNode], line: str) -> int:
    print(f"{node_class.NAME}: {line}", file=sys.stderr)
    return 2
