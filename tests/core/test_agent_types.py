"""Texts, images and sounds of agents, and what libraries make of them."""

from __future__ import annotations

import copy
import io
import os
import pickle
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold import (
    AgentAudio,
    AgentImage,
    AgentText,
    ConfigurationError,
    Tool,
    handle_agent_input_types,
    handle_agent_output_types,
)

RED = PIL.Image.new("RGB", (30, 20), "red")


def test_a_text_is_a_string() -> None:
    text = AgentText("hello")
    assert text == "hello"
    assert text.upper() == "HELLO"
    assert type(text.to_raw()) is type(text.to_string()) is str
    assert pickle.loads(pickle.dumps(text)) == text


# Images


def test_an_image_is_a_pillow_image() -> None:
    image = AgentImage(RED)
    assert isinstance(image, PIL.Image.Image)
    assert isinstance(image, AgentImage)
    assert (image.size, image.mode, image.getpixel((0, 0))) == ((30, 20), "RGB", (255, 0, 0))
    assert type(image.to_raw()) is PIL.Image.Image
    assert type(image.resize((3, 2))) is PIL.Image.Image
    assert AgentImage(image).tobytes() == RED.tobytes()


def test_what_is_done_to_an_image_does_not_change_its_source() -> None:
    source = RED.copy()
    image = AgentImage(source)
    image.to_raw().putpixel((0, 0), (0, 0, 0))
    assert image.getpixel((0, 0)) == source.getpixel((0, 0)) == (255, 0, 0)


def test_an_image_comes_from_bytes_and_files(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    RED.save(buffer, "PNG")
    (tmp_path / "red.png").write_bytes(buffer.getvalue())
    for source in (buffer.getvalue(), tmp_path / "red.png", str(tmp_path / "red.png")):
        assert AgentImage(source).tobytes() == RED.tobytes()
    assert AgentImage(tmp_path / "red.png").to_string() == str(tmp_path / "red.png")


@pytest.mark.parametrize(
    ("array", "size", "pixel"),
    [
        (np.full((20, 30, 3), 7, "uint8"), (30, 20), (7, 7, 7)),
        (np.full((3, 20, 30), 7, "int64"), (30, 20), (7, 7, 7)),
        (np.ones((20, 30, 4), "float32"), (30, 20), (255, 255, 255, 255)),
        (np.full((1, 3, 20, 30), 0.5), (30, 20), (128, 128, 128)),
        (np.ones((20, 30), bool), (30, 20), 255),
        (np.full((20, 30, 1), 300), (30, 20), 255),
        (np.full((20, 30), np.nan), (30, 20), 0),
    ],
)
def test_an_image_comes_from_an_array(array: Any, size: tuple[int, int], pixel: Any) -> None:
    image = AgentImage(array)
    assert (image.size, image.getpixel((0, 0))) == (size, pixel)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_image_are_refused(content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="no image that Pillow can read"):
        AgentImage(content)


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(ConfigurationError, match="cannot be read as an image"):
        AgentImage(tmp_path / "text.png")
    with pytest.raises(ConfigurationError, match="There is no file"):
        AgentImage("nowhere.png")
    with pytest.raises(ConfigurationError, match="not int"):
        AgentImage(7)
    with pytest.raises(ConfigurationError, match=r"shape \(2, 3, 4, 5\) is no image"):
        AgentImage(np.zeros((2, 3, 4, 5)))


def test_an_image_is_written_once_as_a_file() -> None:
    image = AgentImage(RED)
    path = image.to_string()
    assert image.to_string() == path
    assert PIL.Image.open(path).tobytes() == RED.tobytes()


def test_an_image_can_be_copied_and_pickled() -> None:
    image = AgentImage(RED)
    for other in (copy.deepcopy(image), pickle.loads(pickle.dumps(image))):
        assert isinstance(other, AgentImage)
        assert other.tobytes() == image.tobytes()


def test_a_class_of_ones_own() -> None:
    class Photo(AgentImage):
        pass

    photo = Photo(RED)
    assert isinstance(photo, Photo)
    assert isinstance(photo, PIL.Image.Image)
    assert photo.size == (30, 20)


# Sounds


def test_a_sound_comes_from_an_array_and_goes_to_a_file() -> None:
    samples = np.sin(np.arange(800, dtype="float32") / 10)
    sound = AgentAudio((8000, samples))
    assert sound.to_raw() is samples
    assert sound.samplerate == 8000
    path = sound.to_string()
    assert os.fspath(sound) == str(sound) == path
    with wave.open(path) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (8000, 1, 800)
    again = AgentAudio(path)
    assert again.samplerate == 8000
    assert np.allclose(again.to_raw(), samples, atol=1e-3)
    assert AgentAudio(samples).samplerate == 16_000


def test_channels_may_come_first_or_last() -> None:
    for samples in (np.zeros((2, 100)), np.zeros((100, 2))):
        with wave.open(AgentAudio(samples, 8000).to_string()) as file:
            assert (file.getnchannels(), file.getnframes()) == (2, 100)


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no file"):
        AgentAudio("nowhere.wav")
    with pytest.raises(ConfigurationError, match="not int"):
        AgentAudio(7)
    (tmp_path / "text.wav").write_text("hello")
    with pytest.raises(ConfigurationError, match="cannot be read as a sound"):
        AgentAudio(tmp_path / "text.wav").to_raw()


def test_tensors_are_taken_too() -> None:
    torch = pytest.importorskip("torch")
    assert AgentImage(torch.zeros(3, 20, 30)).size == (30, 20)
    sound = AgentAudio((8000, torch.zeros(100)))
    assert torch.is_tensor(sound.to_raw())
    with wave.open(sound.to_string()) as file:
        assert file.getnframes() == 100


# In and out


def test_inputs_become_what_they_are() -> None:
    samples = np.zeros(10)
    args, kwargs = handle_agent_input_types(
        AgentText("a"), 1, image=AgentImage(RED), sound=AgentAudio(samples)
    )
    assert args == ["a", 1]
    assert type(args[0]) is str
    assert type(kwargs["image"]) is PIL.Image.Image
    assert kwargs["sound"] is samples


def test_outputs_become_what_the_tool_says_or_what_they_are() -> None:
    assert type(handle_agent_output_types("a", "string")) is AgentText
    assert isinstance(handle_agent_output_types(np.zeros((2, 2)), "image"), AgentImage)
    assert isinstance(handle_agent_output_types(np.zeros(9), "audio"), AgentAudio)
    assert type(handle_agent_output_types("a")) is AgentText
    assert isinstance(handle_agent_output_types(RED), AgentImage)
    for same in (7, None, [1], AgentText("a")):
        assert handle_agent_output_types(same) is same


class Invert(Tool):
    """Takes an image and gives one."""

    name = "invert"
    description = "Inverts an image."
    inputs = {"image": {"type": "image", "description": "The image."}}
    output_type = "image"

    def forward(self, image: Any) -> Any:
        assert type(image) is PIL.Image.Image
        return 255 - np.asarray(image)


def test_a_tool_can_be_called_with_what_agents_have() -> None:
    result = Invert()(AgentImage(RED), sanitize_inputs_outputs=True)
    assert isinstance(result, AgentImage)
    assert result.getpixel((0, 0)) == (0, 255, 255)
    assert isinstance(Invert()(RED), np.ndarray)


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys; from twofold import AgentAudio, AgentImage, AgentText, handle_agent_output_types\n"
        "handle_agent_output_types(AgentText('a'), 'string')\n"
        "print(sorted({'PIL', 'numpy', 'torch', 'soundfile', 'tempfile', 'wave'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() in ("[]", "['tempfile']")
