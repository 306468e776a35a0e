import numpy as np
import pytest

from vital_ros.geometry import Pose
from vital_ros.sim.config import JudgeConfig
from vital_ros.sim.judge import Judge
from vital_ros.sim.tasks import make_task

INSIDE = Pose((0, 0, 0.1), (1, 0, 0, 0))
INSIDE_CARD = Pose((0, 0, 0.02), (1, 0, 0, 0))


@pytest.fixture
def judge(config):
    return Judge(make_task("key_lock"), config.task("key_lock"), JudgeConfig())


def part(judge, depth):
    """The key straight over the keyway, its tip `depth` m inside."""
    tip = make_task("key_lock").tip[2]
    return Pose((0, 0, tip - depth), (1, 0, 0, 0))


def look(judge, time, depth=0.0, tcp=INSIDE, lost=False, force=0.0):
    judge.look(time, tcp, part(judge, depth), lost, force)
    return judge.verdict


def test_success_must_hold(judge):
    assert look(judge, 0.00, 0.021).success is None
    assert look(judge, 0.09, 0.021).success is None
    assert look(judge, 0.095, 0.019).success is None  # out again
    assert look(judge, 0.10, 0.021).success is None
    assert look(judge, 0.19, 0.021).success is None
    assert look(judge, 0.20, 0.021) == (True, "success")


def test_depth_beside_the_opening_is_none(judge):
    judge.look(0.0, INSIDE, Pose((0.005, 0, 0.02), (1, 0, 0, 0)), False, 0.0)
    assert judge.progress == 0


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        ({"lost": True}, "dropped"),
        ({"force": 91.0}, "force"),
        ({"tcp": Pose((0.071, 0, 0.1), (1, 0, 0, 0))}, "out of box"),
        ({"tcp": Pose((0, 0, 0.171), (1, 0, 0, 0))}, "out of box"),
    ],
)
def test_failures_and_their_reasons_stay(judge, seen, reason):
    assert look(judge, 0.0, **seen) == (False, reason)
    for time in (1.0, 2.0):
        assert look(judge, time, 0.022) == (False, reason)


def test_a_card_too_high_at_the_mouth_has_missed(config):
    task = make_task("card_swipe")
    for depth, reason in ((0.004, "missed"), (0.008, "")):
        judge = Judge(task, config.task("card_swipe"), JudgeConfig())
        for step in range(40):  # 1 mm each, from 1 cm before the mouth
            tip = np.array([-0.010 + 0.001 * step, 0, -depth])
            held = Pose(tip - np.array(task.tip) * [1, 1, -1], (1, 0, 0, 0))
            judge.look(0.01 * step, INSIDE_CARD, held, False, 0.0)
            if reason and tip[0] > 0.0201:
                assert judge.verdict == (False, "missed")
            else:
                assert judge.verdict.success is None


def test_the_margin_is_allowed(judge):
    assert look(judge, 0.0, tcp=Pose((0.069, 0, 0.1), (1, 0, 0, 0))).success is None


def test_on_the_way_to_the_start_there_is_no_box(judge):
    judge.in_play = False
    assert look(judge, 0.0, tcp=Pose((0.3, 0, 0.3), (1, 0, 0, 0))).success is None
    judge.in_play = True
    assert look(judge, 0.1, tcp=Pose((0.3, 0, 0.3), (1, 0, 0, 0))) == (False, "out of box")


def test_reset_forgets(judge):
    look(judge, 0.0, lost=True)
    judge.reset()
    assert look(judge, 0.0).success is None and judge.progress == 0
