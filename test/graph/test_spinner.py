"""nodes/spinner.py: the end of serving under destruction and failure."""

import threading

import pytest
import rclpy
from rclpy.action import ActionServer
from std_msgs.msg import String
from vital_msgs.action import ExecuteTask

from vital_ros.nodes.spinner import Spinner


@pytest.fixture
def node(ros_domain):
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=ros_domain)
    node = rclpy.create_node("spun", context=context)
    yield node
    node.destroy_node()
    rclpy.shutdown(context=context)


def spinner_for(node, **arguments):
    spinner = Spinner(node, **arguments)
    spinner.start()
    return spinner


def test_the_last_call_destroys_what_the_thread_waits_on(node):
    spinners = []
    for _ in range(30):
        server = ActionServer(node, ExecuteTask, "do_it", lambda handle: None)
        subscription = node.create_subscription(String, "chatter", lambda _: None, 1)
        spinners.append(spinner_for(node))

        def last(server=server, subscription=subscription):
            server.destroy()
            node.destroy_subscription(subscription)

        spinners[-1].finish(last)
    assert [spinner.failure for spinner in spinners] == [None] * 30
    assert not any(spinner.is_alive() for spinner in spinners)


def test_a_waiting_task_that_the_last_call_sets_free_is_served(node):
    spinner = Spinner(node)
    future, served = spinner.executor.create_future(), []

    async def wait():
        served.append(await future)

    spinner.executor.create_task(wait)
    spinner.start()
    spinner.finish(lambda: future.set_result("served"))
    assert served == ["served"]


def test_a_last_call_that_raises_is_the_failure(node):
    spinner = spinner_for(node)
    spinner.finish(lambda: 1 / 0)
    assert isinstance(spinner.failure, ZeroDivisionError)


def test_a_callback_that_raises_ends_the_serving(node):
    ended = threading.Event()
    node.create_timer(0.01, lambda: 1 / 0)
    spinner = spinner_for(node, on_end=ended.set)
    assert ended.wait(30)
    spinner.finish()
    assert isinstance(spinner.failure, ZeroDivisionError)


def test_finish_waits_for_the_callback_under_way_and_may_come_twice(node):
    inside, leave, left = threading.Event(), threading.Event(), []

    def callback():
        inside.set()
        leave.wait(30)
        left.append(True)

    node.create_timer(0.01, callback)
    spinner = spinner_for(node)
    assert inside.wait(30)
    threading.Timer(0.2, leave.set).start()
    spinner.finish()
    count = len(left)
    assert count >= 1 and not spinner.is_alive()
    spinner.finish()
    assert len(left) == count


def test_finish_of_a_node_without_work(node):
    spinner = spinner_for(node)
    spinner.join(0.5)  # it now waits
    spinner.finish()
    assert spinner.failure is None and not spinner.is_alive()


def test_finish_before_start(node):
    Spinner(node).finish()
