"""`./vital security FILE`: the SROS 2 policy of the graph (docs/safety.md)."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="file to write, for example policy.xml")
    parser.add_argument("--config-dir", default=None, help="configuration directory; default: the installed one")


def run(arguments: argparse.Namespace) -> int:
    """0 written, 2 unusable configuration or file."""
    import sys

    from vital_ros.config import ConfigError, load_config
    from vital_ros.security.access import graph_access
    from vital_ros.security.policy import policy_xml

    try:
        nodes = graph_access(load_config(arguments.config_dir))
        arguments.file.write_text(policy_xml(nodes), encoding="utf-8")
    except (ConfigError, OSError) as error:
        print(f"vital security: {error}", file=sys.stderr)
        return 2
    file = arguments.file
    print(f"{len(nodes)} enclaves in {file}; next: ros2 security generate_artifacts -k KEYSTORE -p {file}")
    return 0
