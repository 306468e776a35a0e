"""The pointer is chosen in config/localizer.yaml, and every mistake there is named."""

import shutil

import pytest
import yaml

from vital_ros.config import ConfigError, load_config, share_directory
from vital_ros.config.localizer import LocalizerConfig
from vital_ros.localization.model_pointer import ModelPointer
from vital_ros.localization.pointers import make_pointer
from vital_ros.localization.registered_pointer import RegisteredPointer


@pytest.fixture
def configured(tmp_path):
    """The configuration with another localizer.yaml."""

    def config(**localizer):
        shutil.copytree(share_directory("config"), tmp_path / "config", dirs_exist_ok=True)
        (tmp_path / "config/localizer.yaml").write_text(yaml.safe_dump(localizer))
        return load_config(tmp_path / "config")

    return config


def test_the_default_needs_no_network():
    config = load_config()
    pointer = make_pointer(config)
    assert isinstance(pointer, RegisteredPointer) and pointer.threshold == config.localizer.registered.threshold
    for task in config.names("tasks"):
        pointer.check(config.task(task).prompt)


def test_a_server_is_chosen_without_asking_it(configured):
    assert isinstance(make_pointer(configured(pointer="openai")), ModelPointer)


@pytest.mark.parametrize(
    ("localizer", "complaint"),
    [
        ({"pointer": "molmo3"}, r"pointer = 'molmo3': it should be 'registered', 'openai', 'molmo'"),
        ({"openai": {"prompt": "Point."}}, r"openai.prompt = 'Point.': it should contain {query}"),
        ({"openai": {"json_scale": "metres"}}, r"openai.json_scale = 'metres': it should be 'fraction'"),
        ({"openai": {"timeout": 0}}, r"openai.timeout = 0: it should be greater than 0"),
        ({"openai": {"api_key": "sk"}}, r"unknown key 'openai.api_key'; allowed here: .*key_variable"),
        ({"registered": {"threshold": 1.5}}, r"registered.threshold = 1.5"),
        ({"checks": {"depth_window": 0}}, r"checks.depth_window = 0"),
    ],
)
def test_mistakes_are_named(configured, localizer, complaint):
    with pytest.raises(ConfigError, match=complaint):
        configured(**localizer)


def test_a_network_has_more_time_to_get_ready():
    assert LocalizerConfig().loading_time == LocalizerConfig(pointer="openai").loading_time == 60
    assert LocalizerConfig(pointer="molmo").loading_time > 300


@pytest.mark.parametrize("pointer", ["molmo", "owlv2", "grounding_dino"])
def test_a_network_that_is_not_there_is_a_mistake_of_the_configuration(configured, pointer):
    with pytest.raises(ConfigError, match=rf"{pointer}.* or use pointer: registered"):
        make_pointer(configured(pointer=pointer, **{pointer: {"model": "/no/such/folder"}}))
