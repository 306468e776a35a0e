"""A question to a network in this process ends in time, whatever the network does."""

import threading

import pytest
import torch

from vital_ros.localization.neural.running import Running
from vital_ros.localization.pointer import LocalizationError


def refusal(running, work):
    with pytest.raises(LocalizationError) as caught:
        running.result_of(work)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def raising(error):
    def work():
        raise error

    return work


def test_a_result():
    assert Running("molmo", 60.0).result_of(lambda: "there") == "there"


def test_a_late_network_is_left_alone_and_asked_nothing_until_it_is_done():
    release, running = threading.Event(), Running("molmo", 0.2)
    try:
        assert "molmo gave no answer within 0.2 s; see molmo.timeout" in refusal(running, lambda: release.wait(60))
        assert "molmo is still busy with an earlier question" in refusal(running, lambda: "not asked")
    finally:
        release.set()
    running._last.result(60)
    assert running.result_of(lambda: "asked") == "asked"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RuntimeError("size mismatch\nwith details"), "molmo failed: size mismatch"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "molmo failed: out of memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you"), "molmo failed: out of memory"),
        (MemoryError(), "molmo failed: out of memory"),
        (TimeoutError(), "molmo failed: TimeoutError"),
        (LocalizationError("too long a query"), "too long a query"),
    ],
)
def test_a_network_that_fails(error, told):
    running = Running("molmo", 60.0)
    assert refusal(running, raising(error)) == told
    assert running.result_of(lambda: 1) == 1
