"""What the Python peers share: reading an image job (see job.ts), running it, printing the line of JSON."""

import json
import os
import pathlib
import resource
import time

# The street decoder's colours do not matter for time; every label image gets this palette.
PALETTE = [value for index in range(256) for value in (index, index * 7 % 256, index * 31 % 256)]


def read_job(path):
    return json.loads(pathlib.Path(path).read_text())


def run_job(job, process, versions):
    """Calls `process(image path, output stem)`, which returns what it found, for every image in every pass."""
    for _ in range(job["passes"]):
        start = time.perf_counter()
        found = 0
        for index, path in enumerate(job["images"]):
            found += process(path, os.path.join(job["out"], str(index)))
        seconds = time.perf_counter() - start
    print(json.dumps({
        "seconds": {"images": seconds},
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "found": int(found),
        "versions": versions,
    }))


def save_labels(labels, stem):
    """Writes class ids as an indexed PNG, as fast as Pillow can without storing them raw."""
    import PIL.Image

    image = PIL.Image.fromarray(labels).convert("P")
    image.putpalette(PALETTE)
    image.save(stem + ".ids.png", compress_level=1)


def save_objects(path, size, boxes, scores, classes, stem):
    """Writes objects as JSON; boxes are x1, y1, x2, y2 in pixels of the image."""
    objects = [
        {"class": int(label), "score": float(score), "box": [float(side) for side in box]}
        for box, score, label in zip(boxes, scores, classes)
    ]
    record = {"file": path, "width": size[0], "height": size[1], "objects": objects}
    pathlib.Path(stem + ".objects.json").write_text(json.dumps(record, indent=2))
