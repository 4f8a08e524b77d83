"""The same requests without any agent: the bare openai SDK in a loop that calls the tool by hand."""

# pyright: reportMissingImports=false, reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false
# mypy: ignore-errors
# (type checkers run where the peers are not installed)

import json

from agents_kit import main
from agents_script import TOOL, TOOL_DESCRIPTION, add_one, task

SCHEMA = {
    "type": "function",
    "function": {
        "name": TOOL,
        "description": TOOL_DESCRIPTION,
        "parameters": {
            "type": "object",
            "properties": {"number": {"type": "integer", "description": "The number."}},
            "required": ["number"],
        },
    },
}


class BareCast:
    """``default`` and ``aiohttp`` are the SDK's transports."""

    def __init__(self, kind, url, latency):
        self.kind, self.url, self.threaded = kind, url, False

    async def open(self):
        import openai

        transport = openai.DefaultAioHttpClient() if self.kind == "aiohttp" else None
        self.client = openai.AsyncOpenAI(base_url=self.url, api_key="k", http_client=transport)

    def prepare(self, number, shared):
        return lambda: self.run(number)

    async def run(self, number):
        messages = [
            {"role": "system", "content": "Use the tool."},
            {"role": "user", "content": task(number)},
        ]
        while True:
            reply = await self.client.chat.completions.create(
                model="scripted", messages=messages, tools=[SCHEMA]
            )
            message = reply.choices[0].message
            if not message.tool_calls:
                return message.content
            messages.append(message.model_dump(exclude_none=True))
            for call in message.tool_calls:
                result = add_one(**json.loads(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": str(result)})

    async def close(self):
        await self.client.close()


if __name__ == "__main__":
    main(BareCast)
