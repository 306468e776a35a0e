"""What finds a described object in the third camera's image. config/localizer.yaml"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AnyHttpUrl, Field, field_validator, model_validator

from vital_ros.config.base import Model, Number, Positive

JsonScale = Literal["fraction", "percent", "thousandths", "pixels"]
"""What numbers of a JSON answer are in; the other formats tell it themselves."""
Several = Literal["reject", "first"]
"""Of several places in one answer: none is taken, or the first, which of a detector is the best."""
PointerName = Literal["registered", "openai", "molmo", "owlv2", "grounding_dino"]
Share = Annotated[Number, Field(ge=0, le=1)]


def _asks(prompt: str) -> str:
    if "{query}" not in prompt:
        raise ValueError("it should contain {query}")
    return prompt


Prompt = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_asks)]
POINTING = "Point to the {query}.\nPlease say 'There are none.' if it is not in the image."
"""A form that Molmo and Molmo2 were trained with."""


class Asking(Model):
    """How a vision-language model is asked, and what is made of its answer."""

    prompt: Prompt = POINTING
    """{query} stands for what is looked for."""
    json_scale: JsonScale = "thousandths"
    """Qwen3-VL: thousandths; Qwen2.5-VL: pixels."""
    several: Several = "reject"
    max_tokens: int = Field(default=200, ge=8, le=4096)


class OpenAIConfig(Asking):
    """A server that speaks OpenAI's chat completions, such as `vllm serve allenai/Molmo2-4B`."""

    url: AnyHttpUrl = AnyHttpUrl("http://127.0.0.1:8000/v1")
    model: str = Field(default="allenai/Molmo2-4B", min_length=1)
    image: Literal["png", "jpeg"] = "jpeg"
    """What the image is sent as; JPEG of quality 95."""
    timeout: Positive = Field(default=15.0, le=120)
    """s, for everything, retries included."""
    retries: int = Field(default=2, ge=0, le=10)
    """After a lost connection or one of the answers 429, 500, 502, 503, 504; waits double from 0.25 s."""
    key_variable: str = Field(default="", pattern=r"^[A-Za-z0-9_]*$")
    """Environment variable that holds the server's key; empty: none."""
    key_file: Path | None = None
    """File that holds it, outside the repository."""

    @field_validator("url")
    @classmethod
    def _no_secret(cls, url: AnyHttpUrl) -> AnyHttpUrl:
        if url.username or url.password or url.query or url.fragment:
            raise ValueError("it should be a bare address; a key goes into an environment variable (key_variable)")
        return url


class PointingNetworkConfig(Model):
    """A network that runs in the node, by transformers. docs/localization.md tells what it needs."""

    model: str = Field(min_length=1, max_length=500)
    """A folder, or a name of the hub."""
    revision: str = Field(default="main", min_length=1, max_length=100)
    """Branch, tag or commit of the hub's model."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto: a GPU if there is one."""
    timeout: Positive = Field(default=15.0, le=120)
    """s for one question."""


class MolmoConfig(Asking, PointingNetworkConfig):
    """Molmo2 by transformers' own class; Molmo 1 by the code that comes with its weights."""

    model: str = Field(default="allenai/Molmo2-4B", min_length=1, max_length=500)
    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"
    remote_code: bool = False
    """Run the Python code that lies beside the weights, as Molmo 1 needs: whoever wrote it can do all that you can."""

    @model_validator(mode="after")
    def _pinned(self) -> MolmoConfig:
        pinned = re.fullmatch("[0-9a-f]{40}", self.revision) or Path(self.model).expanduser().is_dir()
        if self.remote_code and not pinned:
            raise ValueError(
                "with remote_code, revision should be the 40 digits of the commit whose code you have read, not "
                f"'{self.revision}', which may change"
            )
        return self


class DetectorConfig(PointingNetworkConfig):
    """An open-vocabulary detector; its boxes' centres are the points, its scores the confidence."""

    prompt: Prompt
    """{query} stands for what is looked for."""
    threshold: Share
    """Score below which a box does not count."""
    several: Several = "reject"
    rival: Share = 0.8
    """Of the best score: another place with more makes the answer ambiguous."""


class OWLv2Config(DetectorConfig):
    """OWLv2 (Minderer et al. 2023)."""

    model: str = Field(default="google/owlv2-base-patch16-ensemble", min_length=1, max_length=500)
    prompt: Prompt = "a photo of a {query}"
    threshold: Share = 0.2


class GroundingDINOConfig(DetectorConfig):
    """Grounding DINO (Liu et al. 2023)."""

    model: str = Field(default="IDEA-Research/grounding-dino-tiny", min_length=1, max_length=500)
    prompt: Prompt = "a {query}."
    """In small letters, ending in a full stop."""
    threshold: Share = 0.3


class RegisteredConfig(Model):
    """Objects of config/objects, see `./vital register`."""

    threshold: Share = 0.6
    """Confidence below which a match does not count."""


class ChecksConfig(Model):
    """What a found point must pass before anything follows it."""

    depth_window: int = Field(default=5, ge=1, le=50)
    """px, half width of the window whose median depth counts: wide enough that a hole at the pixel does not decide."""
    depth_share: Share = 0.4
    """Of that window's pixels with a reading; below it the depth is a guess."""
    depth_spread: Positive = 0.03
    """m between the 10th and the 90th percentile of that window's depths; beyond it the point lies on an edge."""
    lowest: Number = -0.10
    """m, z of link_base; below it there is no table."""


class LocalizerConfig(Model):
    """config/localizer.yaml"""

    pointer: PointerName = "registered"
    checks: ChecksConfig = ChecksConfig()
    registered: RegisteredConfig = RegisteredConfig()
    openai: OpenAIConfig = OpenAIConfig()
    molmo: MolmoConfig = MolmoConfig()
    owlv2: OWLv2Config = OWLv2Config()
    grounding_dino: GroundingDINOConfig = GroundingDINOConfig()

    @property
    def loading_time(self) -> float:
        """s within which the pointer should be ready: networks take minutes from a slow disk."""
        return 60.0 if self.pointer in ("registered", "openai") else 600.0
