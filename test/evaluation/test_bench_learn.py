from vital_ros.evaluation.bench_learn import ticks_to_act

PERIOD = 1 / 6


def ticks(versions, begin=100.0, episode="a"):
    return [(begin + index * PERIOD, version, episode) for index, version in enumerate(versions)]


def test_ticks_are_counted_from_the_publication():
    acted = ticks([0, 0, 3, 3, 3, 8, 8])
    assert ticks_to_act([(100.0 + 1.5 * PERIOD, 3)], acted, PERIOD) == [1]
    assert ticks_to_act([(100.0 + 2.5 * PERIOD, 8)], acted, PERIOD) == [3]
    assert ticks_to_act([(100.0 + 1.5 * PERIOD, 2)], acted, PERIOD) == [1]  # a newer one overtook it


def test_what_came_between_two_episodes_tells_nothing():
    acted = ticks([0, 0]) + ticks([4, 4], begin=110.0, episode="b")
    assert ticks_to_act([(105.0, 4), (100.0 + 1.5 * PERIOD, 3), (90.0, 1)], acted, PERIOD) == []
