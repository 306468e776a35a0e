"""The SROS 2 policy file, version 0.2.0 (sros2/policy/schemas/policy.xsd): one enclave for each process."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import fields

from vital_ros.graph import NodeSpec
from vital_ros.security.access import Access

KINDS = {
    "publish": "topic",
    "subscribe": "topic",
    "reply": "service",
    "request": "service",
    "execute": "action",
    "call": "action",
}


def policy_xml(nodes: Mapping[str, Access]) -> str:
    """Everything that is not listed is refused by DDS."""
    policy = ElementTree.Element("policy", version="0.2.0")
    enclaves = ElementTree.SubElement(policy, "enclaves")
    for node, given in nodes.items():
        profiles = ElementTree.SubElement(
            ElementTree.SubElement(enclaves, "enclave", path=NodeSpec(node).enclave), "profiles", type="ALL"
        )
        profile = ElementTree.SubElement(profiles, "profile", ns="/", node=node)
        for verb in (field.name for field in fields(given)):
            names = sorted(getattr(given, verb))
            if names:
                group = ElementTree.SubElement(profile, f"{KINDS[verb]}s", {verb: "ALLOW"})
                for name in names:
                    ElementTree.SubElement(group, KINDS[verb]).text = name
    ElementTree.indent(policy)
    return ElementTree.tostring(policy, encoding="unicode", xml_declaration=True) + "\n"
