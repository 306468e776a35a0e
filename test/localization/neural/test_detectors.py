"""OWLv2 and Grounding DINO by the real classes from tiny checkpoints."""

import numpy as np
import pytest
import torch

from vital_ros.config.localizer import GroundingDINOConfig, OWLv2Config
from vital_ros.localization.neural import grounding_dino as grounding_dino_module
from vital_ros.localization.neural import owlv2 as owlv2_module
from vital_ros.localization.pointer import LocalizationError

TABLE = np.full((120, 160, 3), 90, np.uint8)


@pytest.fixture(scope="module")
def owl(owlv2):
    return owlv2_module.OWLv2(OWLv2Config(model=str(owlv2), device="cpu"))


@pytest.fixture(scope="module")
def dino(grounding_dino):
    return grounding_dino_module.GroundingDINO(GroundingDINOConfig(model=str(grounding_dino), device="cpu"))


def middles(boxes):
    return (boxes[:, :2] + boxes[:, 2:]) / 2


@pytest.mark.parametrize("shape", [(120, 160), (160, 120), (160, 160)])
def test_owlv2_boxes_are_where_the_picture_is(owl, shape):
    """Its square of 160 px has 4 x 4 patches; without a head the boxes' middles are the patches' far corners."""
    boxes, scores = owl.detect(np.full((*shape, 3), 90, np.uint8), "plug")
    cells = [(x, y) for y in (40, 80, 120, 160) for x in (40, 80, 120, 160)]
    np.testing.assert_allclose(middles(boxes), cells, atol=0.1)
    assert scores.shape == (16,) and np.all((scores > 0) & (scores <= 1))


@pytest.mark.parametrize("cell", [(2, 1), (0, 2), (3, 0)])
def test_owlv2_a_change_of_the_picture_changes_the_score_there(owl, cell):
    column, row = cell
    picture = TABLE.copy()
    picture[40 * row + 8 : 40 * row + 32, 40 * column + 8 : 40 * column + 32] = (250, 20, 20)
    boxes, before = owl.detect(TABLE, "plug")
    _, after = owl.detect(picture, "plug")
    changed = middles(boxes)[np.argmax(np.abs(after - before))]
    np.testing.assert_allclose(changed, (40 * column + 40, 40 * row + 40), atol=0.1)


def test_grounding_dino_boxes_are_of_the_pictures_size(dino, monkeypatch):
    seen, forward = [], dino._network.forward

    def remember(**given):
        seen.append((given, forward(**given)))
        return seen[-1][1]

    monkeypatch.setattr(dino._network, "forward", remember)
    boxes, scores = dino.detect(TABLE, "a plug socket.")
    ((given, output),) = seen
    x, y, width, height = output.pred_boxes[0].T.numpy()
    expected = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=1) * [160, 120, 160, 120]
    np.testing.assert_allclose(boxes, expected, atol=1e-3)
    np.testing.assert_allclose(scores, torch.sigmoid(output.logits[0]).amax(dim=-1), atol=1e-6)
    assert given["pixel_values"].shape[-2:] == (64, 85)


@pytest.mark.parametrize("text", ["A Plug  Socket", "a plug socket.", "a. plug. socket..."])
def test_grounding_dino_is_asked_for_one_phrase(dino, text, monkeypatch):
    asked, forward = [], dino._network.forward
    monkeypatch.setattr(dino._network, "forward", lambda **given: asked.append(given) or forward(**given))
    dino.detect(TABLE, text)
    assert dino._processor.tokenizer.decode(asked[0]["input_ids"][0]) == "[CLS] a plug socket. [SEP]"


def test_a_text_that_is_too_long(owl, dino):
    with pytest.raises(LocalizationError, match=r"'plug .*' has 50 tokens, owlv2 understands 24: .* fewer words"):
        owl.detect(TABLE, "plug " * 10)
    with pytest.raises(LocalizationError, match="a query of 203 tokens: grounding_dino understands 32"):
        dino.detect(TABLE, "plug " * 200)


def test_from_the_configuration_to_a_place(owlv2, grounding_dino, sight):
    for module, config in (
        (owlv2_module, OWLv2Config(model=str(owlv2), device="cpu", several="first", prompt="{query}", timeout=60)),
        (
            grounding_dino_module,
            GroundingDINOConfig(model=str(grounding_dino), device="cpu", several="first", timeout=60),
        ),
    ):
        pointer = module.make(config)
        assert pointer.threshold == config.threshold
        first, *others = pointer.point(sight((320, 240)), "plug socket")
        assert -0.5 <= first.u <= 639.5 and -0.5 <= first.v <= 479.5 and first.label == "plug socket"
        assert all(0.8 * first.confidence <= other.confidence <= first.confidence for other in others)
        again, *_ = pointer.point(sight((320, 240)), "plug socket")
        assert again == first


def test_several_places_are_refused_unless_the_first_may_be_taken(owlv2, sight):
    """Random scores are all alike."""
    pointer = owlv2_module.make(OWLv2Config(model=str(owlv2), device="cpu", rival=0.0, prompt="{query}", timeout=60))
    with pytest.raises(LocalizationError, match="owlv2 finds 'plug socket' at pixel .* and at pixel"):
        pointer.point(sight((320, 240)), "plug socket")
