"""Vision transformers from tiny checkpoints."""

import numpy as np
import pytest
import torch

from vital_ros.augmentation.backends import make_correspondence
from vital_ros.config.base import ConfigError

POINTS = np.array([[20.0, 30.0], [64.0, 50.0]])


def test_one_feature_a_patch_and_a_point_finds_itself(dinov2, picture):
    backend = make_correspondence("dinov2", str(dinov2), size=112)
    assert backend.describe(picture).shape == (32, 6, 8)
    same = backend.transfer(picture, POINTS, picture)
    np.testing.assert_allclose(same.points, POINTS)
    assert np.all(same.confidence > 0.99)


def test_the_same_every_time(dinov2, picture):
    described = [make_correspondence("dinov2", str(dinov2), size=56).describe(picture) for _ in range(2)]
    assert torch.equal(*described)


def test_any_vision_transformer_registers_or_fixed_positions_included(tmp_path, picture):
    """Registers are no patches; a ViT's positions are interpolated only where it is asked to."""
    import transformers as hf

    size = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    kinds = {
        "registers": hf.Dinov2WithRegistersModel(
            hf.Dinov2WithRegistersConfig(image_size=56, patch_size=14, num_register_tokens=3, **size)
        ),
        "dinov3": hf.DINOv3ViTModel(hf.DINOv3ViTConfig(image_size=56, patch_size=16, num_register_tokens=2, **size)),
        "vit": hf.ViTModel(hf.ViTConfig(image_size=32, patch_size=16, **size), add_pooling_layer=False),
    }
    for name, network in kinds.items():
        network.save_pretrained(tmp_path / name)
        hf.BitImageProcessor(image_mean=[0.5] * 3, image_std=[0.5] * 3).save_pretrained(tmp_path / name)
        backend = make_correspondence("dinov2", str(tmp_path / name), size=112)
        assert backend.describe(picture).shape == (32, *((6, 8) if name == "registers" else (5, 7))), name
        assert float(backend._mean[0]) == 0.5


def test_a_network_without_patches(tmp_path):
    import transformers as hf

    hf.ResNetModel(hf.ResNetConfig(embedding_size=8, hidden_sizes=[8], depths=[1])).save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match="resnet, not a vision transformer"):
        make_correspondence("dinov2", str(tmp_path))
