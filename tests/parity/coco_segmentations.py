"""Odd segmentations, and what pycocotools makes of them, for coco_segmentations.ts.

    python coco_segmentations.py FOLDER [CASES] [SEED]

Each case is an image with one annotation and one detection. Needs pycocotools (2.0.11).
"""
import contextlib
import copy
import io
import json
import random
import sys

import numpy as np
from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def number(limit):
    value = random.uniform(-0.3 * limit - 2, 1.3 * limit + 2)
    return random.choice([round(value), round(value, 1), value, min(max(value, 0), limit)])


def part(height, width):
    kind = random.random()
    if kind < 0.45:
        length = 2 * random.randint(3, 8)
    elif kind < 0.65:
        length = 2 * random.randint(2, 6) + 1
    else:
        length = random.choice([0, 1, 2, 3, 4, 4, 4])
    if kind < 0.2:
        x, y = sorted([number(width), number(width)]), sorted([number(height), number(height)])
        return [x[0], y[0], x[1], y[0], x[1], y[1], x[0], y[1]] + [number(width)] * random.randint(0, 1)
    return [number(height if i % 2 else width) for i in range(length)]


def run_lengths(height, width):
    if random.random() < 0.05:
        return {"size": [height, width], "counts": random.choice(["", []])}
    size = height * width
    density = random.choice([0, 0.03, 0.5, 1])
    mask = np.array([random.random() < density for _ in range(size)], dtype=np.uint8)
    if random.random() < 0.6:
        top, left = random.randrange(height), random.randrange(width)
        block = np.zeros((height, width), np.uint8)
        block[top:top + random.randint(1, height), left:left + random.randint(1, width)] = 1
        mask = block.reshape(-1, order="F")
    encoded = masks.encode(np.asfortranarray(mask.reshape(height, width, order="F")))
    if random.random() < 0.5:
        return {"size": [height, width], "counts": encoded["counts"].decode()}
    counts, value = [0], 0
    for bit in mask.tolist():
        if bit != value:
            counts.append(0)
            value = bit
        counts[-1] += 1
    return {"size": [height, width], "counts": counts}


def segmentation(height, width):
    kind = random.random()
    if kind < 0.05:
        return []
    if kind < 0.3:
        if random.random() < 0.1:
            return run_lengths(random.randint(1, 40), random.randint(1, 40))
        return run_lengths(height, width)
    return [part(height, width) for _ in range(random.choice([1, 1, 2, 2, 3, 4]))]


def measured(segmentation, height, width):
    coco = COCO()
    coco.imgs = {1: {"height": height, "width": width}}
    try:
        rle = coco.annToRLE({"image_id": 1, "segmentation": copy.deepcopy(segmentation)})
        return {"area": int(masks.area(rle)), "bbox": [float(v) for v in masks.toBbox(rle)]}
    except Exception as error:  # whatever it raises
        return {"error": f"{type(error).__name__}: {error}"}


def main(folder, cases=10000, seed=1):
    random.seed(seed)
    images, annotations, results, expected = [], [], [], []
    for i in range(1, cases + 1):
        height, width = random.randint(1, 60), random.randint(1, 60)
        truth = segmentation(height, width)
        # Half of the detections are much like the truth, so that some match.
        found = segmentation(height, width)
        if random.random() < 0.6:
            found = copy.deepcopy(truth)
            if isinstance(found, list) and found and random.random() < 0.7:
                where = random.randrange(len(found))
                found[where] = [v + random.choice([0, 0, 0.4, 1]) for v in found[where]]
        images.append({"id": i, "height": height, "width": width})
        box = [0, 0, width, height]
        annotations.append({
            "id": i, "image_id": i, "category_id": 1 + i % 3, "bbox": box, "area": random.randint(1, 20000),
            "iscrowd": int(random.random() < 0.1), "segmentation": truth,
        })
        results.append({
            "image_id": i, "category_id": 1 + i % 3, "bbox": box, "score": random.random(), "segmentation": found,
        })
        expected.append({"truth": measured(truth, height, width), "found": measured(found, height, width)})
    good = [not ("error" in both["truth"] or "error" in both["found"]) for both in expected]
    categories = [{"id": k, "name": f"class {k}"} for k in (1, 2, 3)]
    keep = lambda rows: [row for row, ok in zip(rows, good) if ok]
    dataset = {"images": keep(images), "annotations": keep(annotations), "categories": categories}
    files = {"truth": dataset, "results": keep(results)}
    for name, content in files.items():
        with open(f"{folder}/{name}.json", "w") as file:
            json.dump(content, file)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy(dataset)
        truth.createIndex()
        found = truth.loadRes(copy.deepcopy(files["results"]))
        evaluation = COCOeval(truth, found, "segm")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    matched = {}
    for image in evaluation.evalImgs:
        if image and image["aRng"] == [0, 1e10]:
            outcome = np.where(image["dtIgnore"] == 1, 2, image["dtMatches"] > 0).astype(int)
            matched[image["image_id"]] = outcome[:, 0].tolist() if outcome.shape[1] else []
    rows = [
        {**both, "image": image, "annotation": annotation, "result": result, "matched": matched.get(image["id"])}
        for both, image, annotation, result in zip(expected, images, annotations, results)
    ]
    with open(f"{folder}/expected.json", "w") as file:
        json.dump({"stats": [float(v) for v in evaluation.stats], "cases": rows}, file)
    print(f"{cases} cases, pycocotools refuses {cases - len(dataset['images'])}")


main(sys.argv[1], *map(int, sys.argv[2:]))
