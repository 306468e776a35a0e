"""What is said when a network cannot be had: one line, with the keys to change and what works without."""

import shutil
from importlib import import_module

import pytest
import torch

from vital_ros.config import ConfigError
from vital_ros.config.localizer import LocalizerConfig
from vital_ros.pretrained import loading

POINTERS = ("molmo", "owlv2", "grounding_dino")
NOWHERE = "0123456789abcdef0123456789abcdef01234567"


def refusal(name, **options):
    """Of a pointer configured like that."""
    config = LocalizerConfig.model_validate({"pointer": name, name: options})
    with pytest.raises(ConfigError) as caught:
        import_module(f"vital_ros.localization.neural.{name}").make(getattr(config, name))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture(params=POINTERS)
def name(request):
    return request.param


@pytest.mark.parametrize("package", ["transformers", "torchvision"])
def test_a_missing_package(name, package, monkeypatch):
    found = loading.find_spec
    monkeypatch.setattr(loading, "find_spec", lambda asked: None if asked == package else found(asked))
    said = refusal(name)
    assert said.startswith(f"{name} needs {package}: pip install 'vital_ros[hf]'")
    assert said.endswith("or use pointer: registered")


def test_weights_that_were_never_downloaded(name):
    said = refusal(name)
    assert getattr(LocalizerConfig(), name).model in said and "HF_HUB_OFFLINE is set" in said
    assert f"see {name}.model, " in said and said.endswith("or use pointer: registered")


def test_a_revision_that_is_not_here(name):
    assert "cannot be loaded" in refusal(name, revision=NOWHERE)


@pytest.mark.parametrize("model", ["/no/such/folder", "./none", "~/none/at/all"])
def test_a_folder_that_is_not_there(name, model):
    assert f"there is no folder {model}" in refusal(name, model=model)


def test_an_empty_folder(name, tmp_path):
    assert f"cannot be loaded from {tmp_path}" in refusal(name, model=str(tmp_path))


def test_weights_of_another_network(name, molmo2, owlv2):
    other = molmo2("There are none.") if name != "molmo" else owlv2
    assert "cannot be loaded" in refusal(name, model=str(other))


def test_a_device_that_is_not_here(name, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert refusal(name, device="cuda").startswith(f"localizer.yaml: {name}.device = cuda: not available here")


def test_torn_weights(grounding_dino, tmp_path):
    folder = shutil.copytree(grounding_dino, tmp_path / "torn")
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    assert "cannot be loaded" in refusal("grounding_dino", model=str(folder))


def test_weights_that_do_not_fit(owlv2, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 20.00 MiB")

    monkeypatch.setattr(torch.nn.Module, "to", full)
    assert "it cannot be put on cpu (out of memory): see owlv2.model" in refusal(
        "owlv2", model=str(owlv2), device="cpu"
    )


def test_a_network_that_loads_and_does_not_work(owlv2, monkeypatch):
    from transformers import Owlv2ForObjectDetection

    def full(*_, **__):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: 2 GB")

    monkeypatch.setattr(Owlv2ForObjectDetection, "forward", full)
    assert "it was loaded, but does not work (out of memory)" in refusal("owlv2", model=str(owlv2))
