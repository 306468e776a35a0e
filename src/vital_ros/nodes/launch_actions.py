"""A graph of vital_ros.graph as launch actions, for launch/*.launch.py."""

from __future__ import annotations

from difflib import get_close_matches

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, EmitEvent, OpaqueFunction, RegisterEventHandler
from launch.event_handlers import OnProcessExit
from launch.events import Shutdown
from launch.events.process import ProcessExited
from launch_ros.actions import LifecycleNode, Node

from vital_ros.cli.launch import prepare
from vital_ros.graph import LAUNCHES, ArgumentError, NodeSpec, parse_arguments


def description(name: str) -> LaunchDescription:
    """Launch `name` of vital_ros.graph.LAUNCHES: its arguments declared, its nodes made when their values are known."""
    declared = [
        DeclareLaunchArgument(
            argument.name,
            default_value=argument.default,
            description=argument.help,
            choices=list(argument.choices) or None,
        )
        for argument in LAUNCHES[name]
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=_nodes, args=[name])])


def _nodes(context: LaunchContext, name: str) -> list:
    known = [argument.name for argument in LAUNCHES[name]]
    _refuse_unknown(context.argv, known)
    given = {key: value for key, value in context.launch_configurations.items() if key in known}
    specs, _ = prepare(name, parse_arguments(name, given))
    actions = [_action(spec) for spec in specs]
    ends = [RegisterEventHandler(OnProcessExit(target_action=action, on_exit=_end_the_graph)) for action in actions]
    return [*ends, *actions]


def _end_the_graph(event: ProcessExited, context: LaunchContext) -> list:
    """A graph that has lost a node is at its end, as is one whose supervisor is done."""
    return [] if context.is_shutdown else [EmitEvent(event=Shutdown(reason=f"{event.process_name} ended"))]


def _action(spec: NodeSpec) -> Node:
    """Lifecycle nodes as such, so that launch's own events reach them; the supervisor drives their transitions."""
    kind = LifecycleNode if spec.lifecycle else Node
    return kind(
        package=spec.package,
        executable=spec.executable,
        name=spec.node_name,
        namespace=spec.namespace,
        parameters=[spec.parameters],
        remappings=spec.remappings,
        ros_arguments=["--enclave", spec.enclave],
        output="both",
        emulate_tty=True,
    )


def _refuse_unknown(argv: list[str], known: list[str]) -> None:
    """launch itself takes an unknown argument without a word."""
    for word in argv:
        name, assign, _ = word.partition(":=")
        if assign and name not in known:
            close = get_close_matches(name, known, n=1)
            raise ArgumentError(
                f"unknown argument '{name}'; "
                + (f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}")
            )
