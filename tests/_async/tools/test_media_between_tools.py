"""Images and sounds that go from one tool to another, through a run."""

from __future__ import annotations

from typing import Any

import numpy as np

from twofold.aio import AgentAudio, AgentImage, Tool, ToolCallingAgent
from twofold.aio.testing import ScriptedModel


class Draw(Tool):
    name = "draw"
    description = "Draws."
    inputs = {"size": {"type": "integer", "description": "The size."}}
    output_type = "image"

    def forward(self, size: int) -> Any:
        return np.full((size, size, 3), 1.0)


class Measure(Tool):
    name = "measure"
    description = "Measures an image."
    inputs = {"image": {"type": "image", "description": "The image."}}
    output_type = "integer"

    async def forward(self, image: Any) -> int:
        assert isinstance(image, AgentImage)
        return image.width


class Hum(Tool):
    name = "hum"
    description = "Hums."
    inputs = {}
    output_type = "audio"

    async def forward(self) -> Any:
        return 8000, np.zeros(80)


async def test_a_result_is_handed_on_by_its_name() -> None:
    model = ScriptedModel(
        [
            '{"name": "draw", "arguments": {"size": 7}}',
            '{"name": "measure", "arguments": {"image": "image.png"}}',
            '{"name": "hum", "arguments": {}}',
            '{"name": "final_answer", "arguments": {"answer": "audio.mp3"}}',
        ]
    )
    agent = ToolCallingAgent(tools=[Draw(), Measure(), Hum()], model=model)
    sound = await agent.run("Draw, measure and hum.")
    first, second, third, _ = agent.memory.steps[1:]
    assert "'image.png'" in first.observations
    assert second.observations == "7"
    assert "'audio.mp3'" in third.observations
    assert isinstance(sound, AgentAudio)
    assert sound.samplerate == 8000
    assert isinstance(agent.state["image.png"], AgentImage)
