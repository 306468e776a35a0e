"""The shipped policies are what their comments and docs/policies.md say."""

from pathlib import Path

import pytest

from vital_ros.config import AugmentationConfig, ConfigError, NetworkConfig, PolicyConfig, TrainingPreset, load_config
from vital_ros.config.settings import changed

POLICIES = {name: load_config().policy(name) for name in load_config().names("policies")}


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_has_a_preset_for_cpus_and_the_papers(name):
    policy = POLICIES[name]
    assert {"cpu", "paper"} <= policy.presets.keys()
    paper = policy.presets["paper"]
    assert (paper.batch_size, paper.learning_rate, policy.network.chunk) == (256, 1e-4, 10)
    assert paper.iterations == (40_000 if name == "as_released" else 20_000)


def test_the_baselines_differ_from_vital_bc_in_what_the_paper_says():
    bc, visk, baku = (POLICIES[name] for name in ("vital_bc", "visk", "baku"))
    assert visk.network == bc.network == NetworkConfig()
    assert baku.network == NetworkConfig(tactile=False)
    for preset in ("cpu", "paper"):
        assert bc.augmentation_of(preset).background > 0
        assert visk.augmentation_of(preset) == baku.augmentation_of(preset)
        assert visk.augmentation_of(preset) == bc.augmentation_of(preset).model_copy(update={"background": 0.0})
        for other in (visk, baku):
            assert other.presets[preset] == bc.presets[preset].model_copy(update={"background": None})


def test_the_default_of_every_switch_is_the_papers_statement():
    default = PolicyConfig(name="x", presets={"paper": TrainingPreset(iterations=1, batch_size=1, learning_rate=1)})
    released = POLICIES["as_released"]
    switches = ("action_frame", "normalisation", "view_mask")
    assert [getattr(default, switch) for switch in switches] == ["tool", "symmetric", False]
    assert [getattr(released, switch) for switch in switches] == ["base", "unit", True]
    assert (default.presets["paper"].loss, released.presets["paper"].loss) == ("mse", "nll")
    assert (default.presets["paper"].optimizer, released.presets["paper"].optimizer) == ("adam", "mixed")


def test_the_document_names_every_switch():
    text = (Path(__file__).parents[2] / "docs" / "policies.md").read_text()
    for model in (PolicyConfig, NetworkConfig, AugmentationConfig, TrainingPreset):
        for field in model.model_fields:
            assert f"`{field}`" in text, f"{model.__name__}.{field}"
    for name in POLICIES:
        assert f"`{name}`" in text


def test_switches_are_changed_one_by_one():
    policy = changed(POLICIES["vital_bc"], ["network.encoder=resnet18", "presets.cpu.ema=0", "view_mask=true"])
    assert (policy.network.encoder, policy.presets["cpu"].ema, policy.view_mask) == ("resnet18", 0, True)
    assert policy.presets["paper"] == POLICIES["vital_bc"].presets["paper"]
    assert changed(POLICIES["vital_bc"], []) is POLICIES["vital_bc"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("network.encoder=vgg", "--set: network.encoder = 'vgg': it should be 'truncated' or 'resnet18'"),
        ("network.encode=x", "--set network.encode=x: unknown key 'encode'; allowed here: tactile, encoder"),
        ("nets.encoder=x", "unknown key 'nets'; allowed here: name, action_frame"),
        ("name.x=1", "unknown key 'name'"),
        ("view_mask", "--set view_mask: it should be KEY=VALUE"),
        ("view_mask=[", "it should be KEY=VALUE"),
        ("network.width=250", "--set: network.heads = 4: it should divide width 250"),
        ("presets.cpu.ema=1", "--set: presets.cpu.ema = 1"),
    ],
)
def test_a_switch_that_cannot_be(setting, message):
    with pytest.raises(ConfigError) as error:
        changed(POLICIES["vital_bc"], [setting])
    assert message in str(error.value)
