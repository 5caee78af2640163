"""What is told past Uvicorn's library of frames is framed as the library does it."""

import pytest
from websockets.frames import Frame, Opcode

from app.serving.sockets import text_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_text_of_any_length_is_framed_as_the_library_frames_it(size: int) -> None:
    text = b"x" * size

    assert text_frame(text) == Frame(Opcode.TEXT, text).serialize(mask=False)
