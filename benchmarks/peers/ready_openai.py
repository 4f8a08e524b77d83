"""A first client, in the bare openai SDK."""

import openai

client = openai.OpenAI(api_key="none", base_url="http://127.0.0.1:9/v1")
