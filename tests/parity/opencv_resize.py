"""Writes tests/fixtures/images/opencv_resize.json: what cv2.resize gives for small images of noise.

    python opencv_resize.py > ../fixtures/images/opencv_resize.json

Needs numpy and opencv-python-headless (5.0.0 when the file was written).
"""

import base64
import json

import cv2
import numpy

SIZES = [(7, 5, 13, 11), (16, 12, 9, 7), (20, 14, 10, 7), (1, 1, 3, 2), (5, 9, 5, 3), (31, 17, 8, 23)]

random = numpy.random.default_rng(1)
cases = []
for width, height, new_width, new_height in SIZES:
    image = random.integers(0, 256, (height, width, 3), dtype=numpy.uint8)
    resized = cv2.resize(image, (new_width, new_height), interpolation=cv2.INTER_LINEAR)
    cases.append({
        "from": [width, height],
        "to": [new_width, new_height],
        "image": base64.b64encode(image.tobytes()).decode(),
        "resized": base64.b64encode(resized.tobytes()).decode(),
    })
print(json.dumps({"opencv": cv2.__version__, "cases": cases}))
