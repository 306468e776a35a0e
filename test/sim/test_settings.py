import pytest

from vital_ros.config import ConfigError, share_directory
from vital_ros.sim import load_cell_config


def test_the_shipped_cell_yaml_is_valid():
    assert load_cell_config(share_directory("config")).physics.servo_rate == 250


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("phisics: {}", "unknown key 'phisics'; allowed here: physics, grip"),
        ("physics: {friction: -1}", "physics.friction = -1: it should be greater than 0"),
        ("physics: {friction: slippery}", "physics.friction = 'slippery': it should be a valid number"),
        ("imperfections: {servo_delay: [0]}", "imperfections.servo_delay"),
        ("physics: [", "not YAML at line 1"),
    ],
)
def test_mistakes_in_cell_yaml_are_one_line(tmp_path, text, says):
    (tmp_path / "cell.yaml").write_text(text)
    with pytest.raises(ConfigError, match="cell.yaml") as error:
        load_cell_config(tmp_path)
    assert says in str(error.value) and "\n" not in str(error.value)


def test_missing_cell_yaml(tmp_path):
    with pytest.raises(ConfigError, match=r"cell.yaml: cannot be read"):
        load_cell_config(tmp_path)
