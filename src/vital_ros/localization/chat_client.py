"""One question about one image to a server that speaks OpenAI's chat completions; whatever it does, an end in time."""

from __future__ import annotations

import base64
import json
import os
from concurrent.futures import TimeoutError as TooLate  # another one than Python 3.10's own
from typing import Any

import cv2
import numpy as np
import urllib3
from numpy.typing import NDArray
from urllib3.exceptions import HTTPError, MaxRetryError

from vital_ros.config.base import ConfigError
from vital_ros.config.localizer import OpenAIConfig
from vital_ros.localization.background import in_background
from vital_ros.localization.pointer import LocalizationError

BUSY = (429, 500, 502, 503, 504)
"""Answers after which asking again may help."""
FIRST_WAIT = 0.25
"""s before the second attempt; doubles."""
LARGEST = 1_000_000
"""Bytes of a response that are read."""


class ChatClient:
    """Asks one server. Its key is sent nowhere else: redirections are not followed."""

    def __init__(self, config: OpenAIConfig):
        """Raise ConfigError when the key is not where it should be."""
        self._config, self._key = config, _key(config)
        self._url = str(config.url).rstrip("/") + "/chat/completions"
        self._pool = urllib3.PoolManager(maxsize=1)

    def ask(self, prompt: str, image: NDArray[np.uint8]) -> str:
        """What the model says about an RGB image (H, W, 3).

        Raises:
            LocalizationError: no server, no time left, or a response that is none.
        """
        # time-outs of a socket hold for each of its reads: a server that drips a byte a second outlives them all
        answer = in_background(lambda: self._text_of(self._post(prompt, image)), "chat")
        try:
            return answer.result(self._config.timeout)
        except TooLate:
            raise self._failed(f"gave no answer within {self._config.timeout:g} s") from None
        except MaxRetryError as error:
            raise self._failed(f"cannot be reached ({_reason(error)}); is it running?") from None
        except HTTPError as error:
            raise self._failed(f"broke off ({type(error).__name__})") from None

    def _post(self, prompt: str, image: NDArray[np.uint8]) -> urllib3.BaseHTTPResponse:
        config = self._config
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        retries = urllib3.Retry(
            total=config.retries, redirect=False, status_forcelist=BUSY, allowed_methods={"POST"},
            backoff_factor=FIRST_WAIT / 2, raise_on_status=False, respect_retry_after_header=False,
        )  # fmt: skip
        return self._pool.request(
            "POST", self._url, body=json.dumps(_body(config, prompt, image)), headers=headers, retries=retries,
            timeout=urllib3.Timeout(total=config.timeout), redirect=False, preload_content=False,
        )  # fmt: skip

    def _text_of(self, response: urllib3.BaseHTTPResponse) -> str:
        data = response.read(LARGEST, decode_content=True)
        response.release_conn()
        if response.status != 200:
            raise self._failed(f"answered {response.status} {response.reason or ''}".rstrip() + _hint(response.status))
        try:
            text = json.loads(data)["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError, RecursionError):
            raise self._failed("answered something that is no chat completion, or a torn one") from None
        if not isinstance(text, str):
            raise self._failed("answered without a text")
        return text

    def _failed(self, what: str) -> LocalizationError:
        """Never with what the server wrote: some repeat the key."""
        return LocalizationError(f"the server {self._config.url} of model {self._config.model} {what}")


def _body(config: OpenAIConfig, prompt: str, image: NDArray[np.uint8]) -> dict[str, Any]:
    options = [cv2.IMWRITE_JPEG_QUALITY, 95] if config.image == "jpeg" else []
    _, pixels = cv2.imencode(f".{config.image}", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    url = f"data:image/{config.image};base64,{base64.b64encode(pixels.tobytes()).decode()}"
    content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": prompt}]
    message = {"role": "user", "content": content}
    return {"model": config.model, "messages": [message], "temperature": 0, "max_tokens": config.max_tokens}


def _key(config: OpenAIConfig) -> str:
    """Of the environment or of a file; empty when neither is configured."""
    if config.key_variable:
        key = os.environ.get(config.key_variable, "").strip()
        where = f"environment variable {config.key_variable}"
    elif config.key_file is not None:
        try:
            key = config.key_file.expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            key = ""
        where = f"file {config.key_file}"
    else:
        return ""
    if not key or not key.isascii() or not key.isprintable():
        raise ConfigError(f"localizer.yaml: openai: the {where} holds no key")
    return key


def _reason(error: MaxRetryError) -> str:
    return type(error.reason).__name__ if error.reason else "too many attempts"


def _hint(status: int) -> str:
    hints = {
        401: "; its key is asked for in key_variable or key_file of localizer.yaml",
        403: "; does the key allow this model?",
        404: "; does url end in /v1, and is the model one of its /models?",
    }
    return "; it is overloaded or broken" if status in BUSY else hints.get(status, "")
