"""Checkpoints with random weights, as small as their libraries allow, saved as the real ones are."""

import json
import sys

import cv2
import numpy as np
import pytest
import torch

from vital_ros.pretrained import torchvision_shim

if sys.version_info < (3, 11):  # the libraries' releases of these pins
    collect_ignore_glob = ["test_*.py"]
else:
    torchvision_shim.prepare()

SAM_MIDDLE = 128
"""Memory pointers are split into parts of 64: the smallest width that works."""


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def picture(pictures):
    return pictures(0)


@pytest.fixture
def pictures():
    """Of a seed and a shape, smooth coloured noise that is nowhere alike, (H, W, 3)."""

    def make(seed, shape=(96, 128)):
        noise = np.random.default_rng(seed).uniform(0, 255, (shape[0] // 4, shape[1] // 4, 3)).astype(np.float32)
        return cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC).clip(0, 255).astype(np.uint8)

    return make


@pytest.fixture(scope="session")
def stable_diffusion(tmp_path_factory):
    """Folder of a Stable Diffusion pipeline's parts, with two upward blocks more than are needed."""
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    folder = tmp_path_factory.mktemp("stable_diffusion")
    torch.manual_seed(0)
    vocabulary = write_tokenizer(folder / "tokenizer")
    text = CLIPTextConfig(
        vocab_size=len(vocabulary), hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=8, bos_token_id=len(vocabulary) - 2, eos_token_id=len(vocabulary) - 1,
    )  # fmt: skip
    CLIPTextModel(text).save_pretrained(folder / "text_encoder")
    UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, layers_per_block=1, cross_attention_dim=16,
        block_out_channels=(8, 16, 16, 16), norm_num_groups=4, attention_head_dim=2,
    ).save_pretrained(folder / "unet")  # fmt: skip
    AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), norm_num_groups=4, latent_channels=4,
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
    ).save_pretrained(folder / "vae")  # fmt: skip
    DDIMScheduler().save_pretrained(folder / "scheduler")
    return folder


def write_tokenizer(folder):
    """CLIP's byte-level vocabulary without a merge."""
    from tokenizers.pre_tokenizers import ByteLevel

    letters = sorted(ByteLevel.alphabet())
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {word: index for index, word in enumerate(words)}
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "CLIPTokenizer", "model_max_length": 8, "pad_token": "<|endoftext|>"})
    )
    return vocabulary


@pytest.fixture(scope="session")
def dinov2(tmp_path_factory):
    from transformers import BitImageProcessor, Dinov2Config, Dinov2Model

    folder = tmp_path_factory.mktemp("dinov2")
    torch.manual_seed(0)
    Dinov2Model(
        Dinov2Config(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, image_size=56, patch_size=14)
    ).save_pretrained(folder)
    BitImageProcessor().save_pretrained(folder)
    return folder


def sam2_vision(width):
    from transformers import Sam2HieraDetConfig, Sam2VisionConfig

    hiera = Sam2HieraDetConfig(
        hidden_size=8, image_size=[128, 128], num_attention_heads=1, blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[8, 16, 32, 64], num_attention_heads_per_stage=[1, 1, 1, 1],
        window_size_per_stage=[4, 4, 4, 4], global_attention_blocks=[3],
        window_positional_embedding_background_size=[7, 7],
    )  # fmt: skip
    return Sam2VisionConfig(
        backbone_config=hiera, backbone_channel_list=[64, 32, 16, 8], fpn_hidden_size=width,
        backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]],
    )  # fmt: skip


@pytest.fixture(scope="session")
def sam2(tmp_path_factory):
    import transformers as hf

    folder = tmp_path_factory.mktemp("sam2")
    torch.manual_seed(0)
    config = hf.Sam2Config(
        vision_config=sam2_vision(32),
        prompt_encoder_config=hf.Sam2PromptEncoderConfig(hidden_size=32, image_size=128, patch_size=16),
        mask_decoder_config=hf.Sam2MaskDecoderConfig(
            hidden_size=32, mlp_dim=32, num_attention_heads=2, iou_head_hidden_dim=32
        ),
    )
    hf.Sam2Model(config).save_pretrained(folder)
    size = {"height": 128, "width": 128}
    hf.Sam2Processor(hf.Sam2ImageProcessor(size=size, mask_size={"height": 32, "width": 32})).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def sam2_video(tmp_path_factory):
    import transformers as hf

    folder = tmp_path_factory.mktemp("sam2_video")
    torch.manual_seed(0)
    width = SAM_MIDDLE
    config = hf.Sam2VideoConfig(
        vision_config=sam2_vision(width),
        prompt_encoder_config=hf.Sam2VideoPromptEncoderConfig(hidden_size=width, image_size=128, patch_size=16),
        mask_decoder_config=hf.Sam2VideoMaskDecoderConfig(
            hidden_size=width, mlp_dim=32, num_attention_heads=2, iou_head_hidden_dim=32
        ),
        image_size=128, memory_attention_hidden_size=width, memory_attention_num_layers=1,
        memory_attention_num_attention_heads=1, memory_attention_feed_forward_hidden_size=32,
        memory_attention_rope_feat_sizes=[8, 8], memory_encoder_hidden_size=width, memory_encoder_output_channels=64,
        mask_downsampler_embed_dim=width, memory_fuser_embed_dim=width, memory_fuser_intermediate_dim=32,
        memory_fuser_num_layers=1,
    )  # fmt: skip
    hf.Sam2VideoModel(config).save_pretrained(folder)
    size = {"height": 128, "width": 128}
    processor = hf.Sam2ImageProcessor(size=size, mask_size={"height": 32, "width": 32})
    hf.Sam2VideoProcessor(processor, hf.Sam2VideoVideoProcessor(size=size), target_size=128).save_pretrained(folder)
    return folder
