from vital_ros.localization.pairing import PairMatcher


def test_pairs_the_nearest_within_the_tolerance():
    matcher = PairMatcher[str](0.05)
    assert matcher.add(0, 1.00, "colour a") is None
    assert matcher.add(0, 1.20, "colour b") is None
    assert matcher.add(1, 1.17, "depth") == ("colour b", "depth")


def test_a_pair_is_ordered_colour_first_whoever_completes_it():
    matcher = PairMatcher[str](0.05)
    matcher.add(1, 1.0, "depth")
    assert matcher.add(0, 1.01, "colour") == ("colour", "depth")


def test_remembers_how_near_it_came():
    matcher = PairMatcher[str](0.05)
    assert matcher.nearest is None
    matcher.add(0, 1.0, "colour")
    assert matcher.nearest is None
    assert matcher.add(1, 1.3, "depth") is None
    assert matcher.add(1, 1.12, "depth") is None
    assert round(matcher.nearest, 3) == 0.12
    assert matcher.counts() == (1, 2)
