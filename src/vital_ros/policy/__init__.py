"""The local visuotactile policy: network, actions, temporal ensemble, checkpoint."""

from vital_ros.policy.actions import ACTION_SIZE, ActionSpec, apply_delta, delta
from vital_ros.policy.checkpoint import Card, load_card, load_checkpoint, save_checkpoint
from vital_ros.policy.ensemble import TemporalEnsemble
from vital_ros.policy.errors import PolicyError
from vital_ros.policy.loading import default_policy, load_any_card, load_policy
from vital_ros.policy.local_policy import LocalPolicy, PolicyStep
from vital_ros.policy.network import VisuoTactilePolicy
from vital_ros.policy.success import Success, record_success

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
    "default_policy",
    "delta",
    "load_any_card",
    "load_card",
    "load_checkpoint",
    "load_policy",
    "record_success",
    "save_checkpoint",
]
