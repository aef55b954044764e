"""Writes tests/fixtures/images/pillow_resize.json and torchvision_resize.json: what Pillow, and torchvision of tensors of
bytes, make of the test image in other sizes.

    python3 -m venv venv && venv/bin/pip install pillow numpy torchvision
    venv/bin/python tests/parity/pillow_resize.py

The image is that of tests/support/test_image.ts, made here again from its definition.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision.transforms.v2.functional import InterpolationMode, resize

SIZES = [
    # width, height, to width, to height
    (640, 427, 544, 360),
    (427, 640, 352, 520),
    (480, 360, 480, 264),
    (480, 360, 352, 360),
    (160, 120, 480, 360),
    (31, 17, 5, 3),
    (7, 5, 64, 64),
    (1, 1, 9, 4),
    (1000, 3, 10, 3),
    (3, 700, 2, 1),
    (1600, 1200, 96, 72),
    (97, 89, 96, 88),
    # Pillow 13 resamples columns first if the height shrinks by more than twice what the width shrinks by.
    (424, 640, 320, 256),
    (424, 640, 320, 432),
    (424, 640, 320, 431),
    (120, 160, 300, 90),
    (40, 113, 37, 105),
    (65, 300, 64, 2),
    (500, 2000, 128, 512),
]


def test_picture(width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    blob = np.where((x - (width >> 1)) ** 2 + (y - (height >> 1)) ** 2 < (height >> 2) ** 2, 120, 0)
    stripe = ((x >> 5) + (y >> 6)) % 3 * 30
    red = (x * 255 // width) ^ (blob >> 1)
    green = (y * 200 // height) + stripe & 255
    blue = (blob + (x * y >> 9)) & 255
    return np.stack([red, green, blue], axis=-1).astype(np.uint8)


def main() -> None:
    rows, torch_rows = [], []
    for width, height, to_width, to_height in SIZES:
        picture = test_picture(width, height)
        tensor = torch.from_numpy(picture).permute(2, 0, 1)
        for name, filter in (("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC)):
            case = {"from": [width, height], "to": [to_width, to_height], "filter": name}
            resized = np.asarray(Image.fromarray(picture).resize((to_width, to_height), filter))
            rows.append({**case, "sha256": digest(resized)})
            resized = resize(tensor, [to_height, to_width], InterpolationMode(name), antialias=True)
            torch_rows.append({**case, "sha256": digest(resized.permute(1, 2, 0).numpy())})
    folder = Path(__file__).parent.parent / "fixtures" / "images"
    for name, version, sizes in (("pillow", PIL.__version__, rows), ("torchvision", torchvision.__version__, torch_rows)):
        (folder / f"{name}_resize.json").write_text(json.dumps({name: version, "sizes": sizes}, indent=1) + "\n")


def digest(pixels: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


main()
