"""Interface definitions: every field is explained, and the stand-ins are the real types on the wire."""

import json
import os
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
DEFINITIONS = sorted(file for suffix in ("msg", "srv", "action") for file in SOURCE.glob(f"**/{suffix}/*.{suffix}"))
UNITS = r"\b(m|s|rad|px|kg|N|Hz|mm|ms|microtesla|pixel|quaternions?|0 \.\. 1|0\.\.1|no unit|same units)\b|0 closed"

SELF_EXPLAINING = {"outcome", "state", "source", "phase", "steps", "step", "skipped"}  # constants above, or counts
UNITLESS = {"confidence"}

REAL = {  # of xarm_ros2 0417b0f (branch jazzy), control_msgs 13dacdd, geometry2 1b005c6, made by rosidl 4.9.5
    "xarm_msgs/msg/RobotMsg": "fdb17c24941fbbe2773b899604de978780d6c9f72bda695f87bb1dce26b9cd49",
    "xarm_msgs/srv/Call": "0f191dbd14197d6de4c5d3cf04f89fc47c68aa05d14b5651840418a34a73d86c",
    "xarm_msgs/srv/GetFloat32": "25636ef808a1f716bbcc5b923165bcc020c22c7d719a4ae27f32b3277d2c8ff6",
    "xarm_msgs/srv/GetFloat32List": "dc14c305ecefd6b22c80ad9d4b6930370195198e5647fa00f67fdd3d91cf4380",
    "xarm_msgs/srv/GripperMove": "640ab03fc5b375486aaae8863c5102b15941cde00ee2d3dbd687309d43562ca1",
    "xarm_msgs/srv/MoveCartesian": "5599c72a73d77b6e2561a859bfb5cd15918deced619636cfcdc4494d8461cf05",
    "xarm_msgs/srv/SetFloat32": "9e3882c43fcfaa0c4659ae3689cc08a0f5c94ae5d3967c4132fec8cf3a6772ba",
    "xarm_msgs/srv/SetInt16": "1ebf6f8b0a3229c66349bc1859349026c10756dd05c9cd02a50a844c0b538c66",
    "xarm_msgs/srv/SetInt16ById": "a981494b8d61d26fddf05fb500493ce035b0a24380029c22be11352169eed00d",
    "xarm_msgs/srv/SetTcpLoad": "07a93cec8b8ec14e4388bf9dc61037dd83dbbf19c747998d0022f2318b2495ec",
    "control_msgs/action/GripperCommand": "e17c0e644eccf14bea84a0a93e0977182872c2eb7873ca6694900059b46dbc84",
    "control_msgs/msg/GripperCommand": "57eb8f326c9889ca8bb34ead82cc94cc09bf6bc5c3b6c09546dca3a00b589890",
    "tf2_msgs/msg/TFMessage": "e369d0f05a23ae52508854b66f6aa0437f3449d652e8cbf22d5abe85d020f087",
}


def fields(file):
    """(type, name, comment) of every field of a definition; constants are left out."""
    for line in file.read_text().splitlines():
        code, _, comment = line.partition("#")
        words = code.split()
        if len(words) >= 2 and "=" not in code:
            yield words[0], words[1], comment.strip()


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.stem)
def test_every_number_is_explained_and_every_quantity_has_its_unit(file):
    for type_, name, comment in fields(file):
        if type_ in ("std_msgs/Header", "bool", "string") or name in SELF_EXPLAINING:
            continue
        assert comment, f"{file.name}: {name} has no comment"
        if type_.startswith(("float", "geometry_msgs/")) and name not in UNITLESS:
            assert re.search(UNITS, comment), f"{file.name}: {name} has no unit in '{comment}'"


def test_every_stand_in_is_compared():
    assert {f"{file.parts[-3]}/{file.parts[-2]}/{file.stem}" for file in DEFINITIONS if "compat" in file.parts} == set(
        REAL
    )


@pytest.mark.parametrize("name", REAL)
def test_stand_ins_have_the_type_hashes_of_the_real_packages(name):
    """Kilted and later refuse to connect types of one name and different hashes."""
    prefixes = [Path(prefix) for prefix in os.environ["AMENT_PREFIX_PATH"].split(os.pathsep) if prefix]
    description = next(file for prefix in prefixes if (file := prefix / "share" / f"{name}.json").is_file())
    hashes = {entry["type_name"]: entry["hash_string"] for entry in json.loads(description.read_text())["type_hashes"]}
    assert hashes[name] == f"RIHS01_{REAL[name]}"
