import hashlib

import pytest
import torch
from safetensors.torch import save

from vital_ros.execution.residual_weights import verified

DATA = save({"w": torch.arange(3.0)})


def test_sound_weights_pass():
    tensors = verified(DATA, hashlib.sha256(DATA).hexdigest())
    assert tensors["w"].tolist() == [0.0, 1.0, 2.0]


def test_damage_in_transit_is_seen():
    with pytest.raises(ValueError, match="checksum"):
        verified(DATA[:-1] + b"x", hashlib.sha256(DATA).hexdigest())


def test_nothing_but_safetensors_is_read():
    data = b"\x80\x04pickle"
    with pytest.raises(ValueError, match="not a safetensors file"):
        verified(data, hashlib.sha256(data).hexdigest())
