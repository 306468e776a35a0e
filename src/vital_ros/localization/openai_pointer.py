"""Any vision-language model that points, behind any server with OpenAI's chat completions."""

from __future__ import annotations

from vital_ros.config.localizer import OpenAIConfig
from vital_ros.localization.asking import THRESHOLD, candidates_of, prompt_of
from vital_ros.localization.chat_client import ChatClient
from vital_ros.localization.pointer import Candidate, Sight


class OpenAIPointer:
    """A `Pointer`."""

    threshold = THRESHOLD

    def __init__(self, config: OpenAIConfig):
        """Raise ConfigError when the server's key is not where it should be."""
        self._config, self._client = config, ChatClient(config)

    def point(self, sight: Sight, query: str) -> list[Candidate]:
        """See `asking`.

        Raises:
            LocalizationError: no answer, a useless one, or several points.
        """
        answer = self._client.ask(prompt_of(self._config, query), sight.image)
        return candidates_of(answer, self._config, sight, query)
