import pytest
import torch

from vital_ros.config import NetworkConfig, load_config
from vital_ros.policy import VisuoTactilePolicy
from vital_ros.policy.encoders import spatial_softmax


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_the_papers_7_6_million_parameters():
    network = VisuoTactilePolicy(NetworkConfig())
    assert count(network.image_encoder) == 847_424
    assert count(network.tactile_encoder) == 135_680
    assert count(network.transformer) == 6_466_560
    assert count(network.head) == 149_574
    assert count(network) == 7_599_494


@pytest.mark.parametrize(
    ("policy", "parameters"),
    [
        ("vital_bc", 7_599_494),
        ("visk", 7_599_494),
        ("as_released", 7_599_494),
        ("visk_512", 7_931_782),
        ("baku", 7_463_814),
    ],
)
def test_the_sizes_of_the_presets(policy, parameters):
    assert count(VisuoTactilePolicy(load_config().policy(policy).network)) == parameters


def test_the_visk_release_s_image_encoder():
    network = VisuoTactilePolicy(load_config().policy("visk_512").network)
    assert count(network.image_encoder) == 978_752
    assert [tuple(layer.weight.shape) for layer in list(network.tactile_encoder)[::2]] == [(512, 15), (512, 512)]
    assert isinstance(network.tactile_encoder[1], torch.nn.ReLU)


def test_the_whole_resnet_18():
    network = VisuoTactilePolicy(NetworkConfig(encoder="resnet18", layers=1))
    batch_norm_resnet18 = 11_176_512  # without its classifier, which has 1,000 outputs
    assert count(network.image_encoder.trunk) == batch_norm_resnet18
    assert network.image_encoder.trunk(torch.rand(1, 3, 128, 128)).shape == (1, 512, 4, 4)
    assert network(torch.rand(2, 3, 64, 64), torch.rand(2, 15)).shape == (2, 10, 7)


@pytest.mark.parametrize("start", ["scaled", "plain"])
def test_how_sharp_the_untrained_key_points_are(start):
    torch.manual_seed(0)
    encoder = VisuoTactilePolicy(NetworkConfig(start=start, layers=1)).image_encoder
    assert (encoder.keypoints.weight.std() > 0.3) == (start == "scaled")


@pytest.mark.parametrize("tactile", [True, False])
def test_shapes_and_range(tactile):
    network = VisuoTactilePolicy(NetworkConfig(tactile=tactile)).eval()
    image, touch = torch.rand(2, 3, 128, 128), torch.randn(2, 15)
    with torch.no_grad():
        features = network.encode(image, touch)
        chunk = network(image, touch)
        other = network(image, touch + 1)
    assert [tuple(f.shape) for f in features] == [(2, 256)] * (1 + tactile)
    assert chunk.shape == (2, 10, 7)
    assert chunk.abs().max() <= 1
    assert torch.equal(chunk, other) != tactile, "touch matters exactly when there is a tactile encoder"
    torch.testing.assert_close(network.act(features), chunk)


def test_spatial_softmax_tells_where_the_peak_is():
    maps = torch.zeros(1, 2, 5, 9)
    maps[0, 0, 4, 0] = 50  # bottom left
    maps[0, 1, 2, 6] = 50  # middle row, right of the centre
    torch.testing.assert_close(spatial_softmax(maps), torch.tensor([[-1.0, 0.5, 1.0, 0.0]]), atol=1e-6, rtol=0)
    torch.testing.assert_close(spatial_softmax(torch.zeros(1, 1, 4, 4)), torch.zeros(1, 2))


def test_the_untrained_image_token_differs_between_images():
    """A flat spatial softmax would give all images one token, and training nothing to start from."""
    torch.manual_seed(0)
    encoder = VisuoTactilePolicy(NetworkConfig()).image_encoder.eval()
    images = torch.full((6, 3, 128, 128), 0.4)
    for i, image in enumerate(images):  # a small light box that moves by 8 px
        image[:, 60:80, 30 + 8 * i : 50 + 8 * i] = 0.9
    with torch.no_grad():
        tokens = encoder(images)
    assert tokens.std(dim=0).mean() > 0.1 * tokens.abs().mean()


def test_positions_keep_their_precision_under_bfloat16():
    """Half a pixel of 128 is a step of 0.008: rounding positions to bfloat16 would swallow much of it."""
    torch.manual_seed(0)
    encoder = VisuoTactilePolicy(NetworkConfig(layers=1)).image_encoder.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        assert encoder(torch.rand(1, 3, 32, 32)).dtype == torch.float32
