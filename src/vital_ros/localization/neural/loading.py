"""A network of transformers and its processor, as localizer.yaml names them."""

from __future__ import annotations

from typing import Any

from vital_ros.config.localizer import PointingNetworkConfig
from vital_ros.pretrained.loading import Backend, device_of


def backend_of(pointer: str) -> Backend:
    """For the messages about a pointer of localizer.yaml."""
    keys = f"{pointer}.model, .revision and .device"
    return Backend(pointer, "hf", f"see {keys} in localizer.yaml", "pointer: registered")


def load(
    pointer: str,
    config: PointingNetworkConfig,
    network: str,
    processor: str,
    remote_code: bool = False,
    **weights: Any,
) -> tuple[Any, Any]:
    """The network, on its device, and the processor.

    Args:
        network, processor: classes of transformers.
        remote_code: run the code that lies beside the weights.
        weights: further options of the network's from_pretrained.

    Raises:
        ConfigError: packages or weights are not here, or do not fit on the device.
    """
    backend = backend_of(pointer)
    device = device_of(config.device, f"localizer.yaml: {pointer}.device")
    backend.need("transformers", "torchvision")
    import transformers

    source = {"revision": config.revision, "trust_remote_code": remote_code}
    prepares = backend.part(getattr(transformers, processor), config.model, **source)
    loaded = backend.network(getattr(transformers, network), config.model, **source, **weights)
    return backend.placed(loaded, device), prepares
