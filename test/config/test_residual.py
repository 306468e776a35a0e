import pytest
import yaml

from vital_ros.config import ConfigError, ResidualConfig, load_config, share_directory
from vital_ros.config.base import parse


def test_defaults_are_the_papers():
    """Table 6, A1.2."""
    config = load_config().residual
    assert (config.offset_scale, config.utd, config.batch_size, config.base) == (0.2, 16, 256, "ensemble")
    exploration = config.exploration
    assert (exploration.start, exploration.end, exploration.steps) == (0.25, 0.1, 5000)
    assert (config.algorithm, config.actor_layers, config.critic_layers) == ("ddpg", 1, 2)
    written = yaml.safe_load((share_directory("config") / "residual.yaml").read_text())
    assert config == ResidualConfig(variants=written["variants"])


def test_variants():
    config = load_config().residual
    released, rlpd = config.variant("as_released"), config.variant("rlpd")
    assert (released.algorithm, released.dimensions, released.n_step, released.tau) == ("sac", ("x", "y", "z"), 1, 0.1)
    assert (released.reward.per_mm, released.reward.success) == (0.01, 5), "what a variant does not say stays"
    assert (released.utd, released.batch_size) == (16, 256), "the cut batch is a bug"
    assert (rlpd.base, rlpd.demonstrations, rlpd.actor_layers) == ("none", 0.5, 4)
    assert config.variant("translation_only") == config.model_copy(
        update={"dimensions": ("x", "y", "z"), "variants": {}}
    )
    with pytest.raises(ConfigError, match="unknown variant 'x'; known: translation_only, as_released, rlpd"):
        config.variant("x")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"offset_scale": 0.3}, "offset_scale = 0.3"),
        ({"dimensions": []}, "dimensions"),
        ({"dimensions": ["w"]}, "dimensions.0 = 'w'"),
        ({"base": "smooth"}, "base = 'smooth': it should be 'ensemble', 'newest' or 'none'"),
        ({"utd": 0}, "utd = 0"),
        ({"variants": {"mine": {"n_steps": 2}}}, "variants.mine: unknown key 'n_steps'"),
    ],
)
def test_mistakes_are_named(data, message):
    with pytest.raises(ConfigError) as error:
        parse(ResidualConfig, data, "residual.yaml")
    assert message in str(error.value)
