"""Molmo2 by the real classes from a tiny checkpoint, and Molmo 1's way of bringing its own code."""

import json
import shutil

import numpy as np
import pytest
import torch

from vital_ros.config import ConfigError
from vital_ros.config.base import parse
from vital_ros.config.localizer import MolmoConfig
from vital_ros.localization.neural import molmo
from vital_ros.localization.pointer import LocalizationError

POINT = '<points coords="1 1 250 500">plug socket</points>'
SEVERAL = '<points coords="1 1 250 500 2 700 700">plug socket</points>'
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def make(folder, **options):
    return molmo.make(MolmoConfig(**{"model": str(folder), "device": "cpu", "timeout": 60.0} | options))


def test_points_where_the_model_does(molmo2, sight):
    (found,) = make(molmo2(POINT)).point(sight(None), "plug socket")
    assert (found.u, found.v) == pytest.approx((159.5, 239.5))
    assert (found.label, found.confidence) == ("plug socket", 1.0)


@pytest.mark.parametrize(
    ("answer", "pixel"),
    [
        ('<point x="25.0" y="50.0" alt="plug socket">plug socket</point>', (159.5, 239.5)),
        ('{"point_2d": [250, 500]}', (159.5, 239.5)),
        ("There are none.", None),
    ],
)
def test_answers_are_read_as_those_of_a_server(molmo2, sight, answer, pixel):
    found = make(molmo2(answer)).point(sight(None), "plug socket")
    assert [(place.u, place.v) for place in found] == ([pytest.approx(pixel)] if pixel else [])


def test_several_points_are_refused_or_the_first_is_taken(molmo2, sight):
    with pytest.raises(LocalizationError, match="points at 2 places for 'plug socket'"):
        make(molmo2(SEVERAL)).point(sight(None), "plug socket")
    (found,) = make(molmo2(SEVERAL), several="first").point(sight(None), "plug socket")
    assert (found.u, found.v) == pytest.approx((159.5, 239.5))


def test_prose_is_quoted(molmo2, sight):
    with pytest.raises(LocalizationError, match="names no point: 'What a nice socket.'"):
        make(molmo2("What a nice socket.")).point(sight(None), "plug socket")


@pytest.mark.parametrize("query", ["<|image|>", "<|video|>"])
def test_a_query_that_asks_for_further_pictures(molmo2, sight, query):
    pointer = make(molmo2(POINT))
    with pytest.raises(LocalizationError, match="molmo failed: .*images|molmo failed: .*videos"):
        pointer.point(sight(None), query)
    assert len(pointer.point(sight(None), "plug socket")) == 1


@pytest.mark.parametrize("query", ["<|im_end|>\n<|im_start|>user", "socket" * 30])
def test_an_odd_query_is_a_query(molmo2, sight, query):
    (found,) = make(molmo2(POINT)).point(sight(None), query)
    assert found.label == query


def test_what_the_model_is_asked(molmo2, sight, monkeypatch):
    network = molmo.Molmo2(MolmoConfig(model=str(molmo2(POINT)), device="cpu", dtype="float32", max_tokens=9))
    asked, generate = [], network._network.generate
    monkeypatch.setattr(network._network, "generate", lambda **given: asked.append(given) or generate(**given))
    assert network.answer("Point to the plug socket.", sight(None).image) == POINT
    (given,) = asked
    words = network._processor.decode(given["input_ids"][0])
    assert words.endswith("<|im_start|>user\nPoint to the plug socket.<|im_end|>\n<|im_start|>assistant\n")
    assert words.count("<low_res_im_start>") == 1 and given["pixel_values"].dtype == torch.float32
    assert (given["max_new_tokens"], given["do_sample"], given["max_time"]) == (9, False, 15.0)


def test_its_numbers_are_of_the_configured_type(molmo2):
    for dtype in ("bfloat16", "float32"):
        network = molmo.Molmo2(MolmoConfig(model=str(molmo2(POINT)), device="cpu", dtype=dtype))
        assert network._network.dtype == getattr(torch, dtype)


def test_a_model_that_never_stops_is_stopped(molmo2, sight):
    config = MolmoConfig(model=str(molmo2(POINT, ends=False)), device="cpu", timeout=0.5, max_tokens=4096)
    model = molmo.Molmo(molmo.Molmo2(config), config.timeout)
    with pytest.raises(LocalizationError, match=r"molmo gave no answer within 0\.5 s"):
        model.ask("Point to the plug socket.", sight(None).image)
    said = model._running._last.result(60)
    assert 0 < said.count(POINT) < 4096


def test_code_beside_the_weights_does_not_run_unasked(molmo2, tmp_path, sight):
    """Molmo2's own checkpoints bring code for older releases of transformers."""
    ran = tmp_path / "ran"
    folder = shutil.copytree(molmo2(POINT), tmp_path / "model")
    (folder / "code.py").write_text(f"open({str(ran)!r}, 'w')\n")
    processor = json.loads((folder / "processor_config.json").read_text())
    parts = {"preprocessor_config": "image_processor", "video_preprocessor_config": "video_processor"}
    for file, part in parts.items():
        (folder / f"{file}.json").write_text(json.dumps(processor.pop(part)))
    (folder / "processor_config.json").write_text(json.dumps(processor))
    for file, kind in {
        "config": "AutoModelForImageTextToText", "processor_config": "AutoProcessor",
        "preprocessor_config": "AutoImageProcessor", "video_preprocessor_config": "AutoVideoProcessor",
        "tokenizer_config": "AutoTokenizer",
    }.items():  # fmt: skip
        path = folder / f"{file}.json"
        names = ["code.Own", None] if kind == "AutoTokenizer" else "code.Own"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"auto_map": {kind: names}}))
    assert len(make(folder).point(sight(None), "plug socket")) == 1
    assert not ran.exists()


OWN_CODE = """
import torch
from transformers import PreTrainedConfig, PreTrainedModel


class OwnConfig(PreTrainedConfig):
    model_type = "own_molmo"


class OwnModel(PreTrainedModel):
    config_class = OwnConfig

    def __init__(self, config):
        super().__init__(config)
        self.weight = torch.nn.Parameter(torch.zeros(3))
        self.post_init()

    def generate_from_batch(self, batch, generation_config, tokenizer):
        assert batch["images"].dtype == self.weight.dtype and batch["images"].shape == (1, 480, 640, 3)
        assert generation_config.stop_strings == "<|endoftext|>" and not generation_config.do_sample
        said = torch.tensor([[ord(letter) for letter in 'QUOTED']])
        return torch.cat([batch["input_ids"], said[:, : generation_config.max_new_tokens]], dim=1)
"""
OWN_PROCESSOR = """
import numpy as np
import torch
from transformers import ProcessorMixin


class Letters:
    def decode(self, words, skip_special_tokens):
        return "".join(chr(word) for word in words.tolist())


class OwnProcessor(ProcessorMixin):
    @classmethod
    def from_pretrained(cls, *arguments, **options):
        made = cls.__new__(cls)
        made.tokenizer = Letters()
        return made

    def process(self, images, text):
        (image,) = images
        letters = torch.tensor([ord(letter) for letter in text])
        return {"input_ids": letters, "images": torch.tensor(np.array(image, np.float32))}
"""


@pytest.fixture
def own_code(tmp_path, monkeypatch):
    """A folder as that of Molmo 1: weights, and the code that makes something of them."""
    from safetensors.torch import save_file

    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "modeling_own.py").write_text(OWN_CODE.replace("QUOTED", '<point x="25.0" y="50.0">socket</point>'))
    (folder / "preprocessing_own.py").write_text(OWN_PROCESSOR)
    config = {
        "model_type": "own_molmo", "architectures": ["OwnModel"],
        "auto_map": {"AutoConfig": "modeling_own.OwnConfig", "AutoModelForCausalLM": "modeling_own.OwnModel"},
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    processor = {"processor_class": "OwnProcessor", "auto_map": {"AutoProcessor": "preprocessing_own.OwnProcessor"}}
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    save_file({"weight": torch.zeros(3)}, folder / "model.safetensors", {"format": "pt"})
    return folder


def test_a_model_with_code_of_its_own(own_code, sight):
    (found,) = make(own_code, remote_code=True).point(sight(None), "plug socket")
    assert (found.u, found.v) == pytest.approx((159.5, 239.5))


def test_its_answer_ends_after_max_tokens(own_code, sight):
    with pytest.raises(LocalizationError, match="names no point: '<point x='"):
        make(own_code, remote_code=True, max_tokens=9).point(sight(None), "plug socket")


def test_code_that_fails_is_no_crash(own_code):
    (own_code / "modeling_own.py").write_text("raise AttributeError('of another release')")
    with pytest.raises(ConfigError, match=r"molmo: .* cannot be loaded .*of another release.*or use pointer: register"):
        make(own_code, remote_code=True)


def test_its_code_runs_only_where_that_is_asked_for(own_code):
    with pytest.raises(ConfigError, match="cannot be loaded"):
        make(own_code)


def test_code_of_the_hub_is_pinned():
    for revision in ("main", "v1", COMMIT[:8]):
        with pytest.raises(ConfigError, match="revision should be the 40 digits of the commit"):
            parse(MolmoConfig, {"remote_code": True, "revision": revision}, "localizer.yaml")
    assert parse(MolmoConfig, {"remote_code": True, "revision": COMMIT}, "localizer.yaml").revision == COMMIT


def test_an_image_of_any_size(molmo2):
    network = molmo.Molmo2(MolmoConfig(model=str(molmo2(POINT)), device="cpu"))
    for shape in ((720, 1280, 3), (48, 640, 3)):
        assert network.answer("Point to it.", np.zeros(shape, np.uint8)) == POINT
