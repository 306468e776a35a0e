"""The local visuotactile policy: network, actions, temporal ensemble, checkpoint."""

from vital_ros.policy.actions import ACTION_SIZE, ActionSpec, apply_delta, delta
from vital_ros.policy.checkpoint import Card, Success, load_card, load_checkpoint, record_success, save_checkpoint
from vital_ros.policy.ensemble import TemporalEnsemble
from vital_ros.policy.errors import PolicyError
from vital_ros.policy.local_policy import LocalPolicy, PolicyStep
from vital_ros.policy.network import VisuoTactilePolicy

__all__ = [
    "ACTION_SIZE",
    "ActionSpec",
    "Card",
    "LocalPolicy",
    "PolicyError",
    "PolicyStep",
    "Success",
    "TemporalEnsemble",
    "VisuoTactilePolicy",
    "apply_delta",
    "delta",
    "load_card",
    "load_checkpoint",
    "record_success",
    "save_checkpoint",
]
