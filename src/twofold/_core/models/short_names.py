"""How models are named in a word, on the command line and in descriptions of agents: ``openai/gpt-4o``."""

from __future__ import annotations

from typing import Final

__all__ = ["ADDRESSES", "MODEL_CLASSES"]

MODEL_CLASSES: Final = {
    "openai": "OpenAIModel",
    "azure": "AzureOpenAIModel",
    "bedrock": "AmazonBedrockModel",
    "huggingface": "InferenceClientModel",
    "litellm": "LiteLLMModel",
    "transformers": "TransformersModel",
}
"""The classes by what stands before the slash; the model's id stands behind it."""

ADDRESSES: Final = {
    "openai": "api_base",
    "azure": "azure_endpoint",
    "huggingface": "base_url",
    "litellm": "api_base",
}
"""What the parameter with the server's address is called, where there is one."""
