import pytest
import torch

from vital_ros.learning.precision import arithmetic


@pytest.mark.parametrize(
    ("capability", "device", "wanted", "computed"),
    [
        ("AVX512", "cpu", "bf16", torch.bfloat16),
        ("AVX2", "cpu", "bf16", torch.float32),
        ("AVX2", "cpu", "fp32", torch.float32),
        ("AVX2", "cuda", "bf16", torch.bfloat16),
        ("AVX512", "cuda", "fp32", torch.float32),
    ],
)
def test_emulated_arithmetic_is_never_used(monkeypatch, capability, device, wanted, computed):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    assert arithmetic(wanted, device) == computed
