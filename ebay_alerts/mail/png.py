"""What is needed to know of a PNG; pure."""

import struct

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SIZE = struct.Struct(">8s4x4sII")  # signature, then the length, name and start of the first chunk


def read_size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels. Raises ValueError for what does not begin as a PNG does."""
    if len(png) >= _SIZE.size:
        signature, chunk, width, height = _SIZE.unpack_from(png)
        if signature == _SIGNATURE and chunk == b"IHDR" and width and height:
            return width, height
    raise ValueError("the picture is no PNG")
