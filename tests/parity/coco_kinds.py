"""Keypoints and federated sets, and what pycocotools and lvis-api make of them, for coco_kinds.ts.

    python coco_kinds.py FOLDER [OBJECTS] [SEED]

Needs pycocotools (2.0.11) and lvis (0.5.3).
"""
import contextlib
import copy
import hashlib
import io
import json
import random
import sys

import numpy as np
from lvis import LVIS, LVISEval, LVISResults
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

FIXTURE = []

np.float = float  # lvis 0.5.3 was written for numpy 1


def number(low, high):
    value = random.uniform(low, high)
    return random.choice([int(value), round(value, 1), round(value, 2), value])


def box(width, height):
    w, h = number(2, width * random.choice([0.1, 0.3, 0.8])), number(2, height * random.choice([0.1, 0.3, 0.8]))
    return [number(0, width - w), number(0, height - h), w, h]


def shifted(values, by):
    return [value + random.gauss(0, by) for value in values]


def score():
    return random.choice([round(random.random(), 2), random.random()])


def points_in(box, count, labelled):
    points = []
    for _ in range(count):
        if random.random() < labelled:
            points += [number(box[0], box[0] + box[2]), number(box[1], box[1] + box[3]), random.choice([1, 2])]
        else:
            points += [0, 0, 0]
    return points


def keypoint_set(objects, count, with_boxes):
    images, annotations, results = [], [], []
    while len(annotations) < objects:
        image = {"id": 3 * len(images) + 1, "width": 640, "height": 480}
        images.append(image)
        for _ in range(random.choice([0, 1, 2, 5, 12])):
            where = box(640, 480)
            points = points_in(where, count, random.choice([0, 0.1, 0.7, 1]))
            labelled = sum(v > 0 for v in points[2::3])
            annotations.append({
                "id": len(annotations) + 1, "image_id": image["id"], "category_id": random.choice([1, 1, 1, 2]),
                "bbox": where, "area": where[2] * where[3] * random.uniform(0.3, 1), "keypoints": points,
                "num_keypoints": labelled if random.random() < 0.95 else random.choice([0, 3]),
                "iscrowd": int(random.random() < 0.05),
            })
            for _ in range(random.choice([0, 1, 1, 2, 4])):
                truth = annotations[-1]
                size = truth["area"] ** 0.5
                spread = random.choice([0, 0.02, 0.05, 0.1, 0.3]) * size
                found = shifted(points if labelled else points_in(where, count, 1), spread)
                result = {
                    "image_id": image["id"], "category_id": random.choice([truth["category_id"]] * 5 + [1]),
                    "keypoints": found, "score": score(),
                }
                if with_boxes:
                    result["bbox"] = shifted(where, 0) if random.random() < 0.5 else box(640, 480)
                results.append(result)
    random.shuffle(results)
    categories = [{"id": 1, "name": "person"}, {"id": 2, "name": "animal"}]
    return {"images": images, "annotations": annotations, "categories": categories}, results


def evaluated(dataset, results, kind, sigmas=None):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        truth = COCO()
        truth.dataset = copy.deepcopy(dataset)
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(copy.deepcopy(results)), kind)
        if sigmas:
            evaluation.params.kpt_oks_sigmas = np.array(sigmas)
        evaluation.evaluate()
        evaluation.accumulate()
        out.truncate(0)
        out.seek(0)
        evaluation.summarize()
    lines = [line.strip("\0") for line in out.getvalue().splitlines()]
    return [float(value) for value in evaluation.stats], lines, evaluation.eval


def federated_set(objects):
    categories = [{"id": 2 * k + 1, "name": f"class {k}", "frequency": random.choice("rccff")} for k in range(40)]
    ids = [category["id"] for category in categories]
    images, annotations, results = [], [], []
    while len(annotations) < objects:
        here = random.sample(ids, random.choice([0, 1, 3, 8]))
        others = [k for k in ids if k not in here]
        image = {
            "id": 2 * len(images) + 5, "width": 200, "height": 160,
            "neg_category_ids": random.sample(others, random.choice([0, 2, 6])),
            "not_exhaustive_category_ids": random.sample(ids, random.choice([0, 0, 2, 10])),
        }
        images.append(image)
        crowded = random.random() < 0.05
        found = []
        for category in here:
            for _ in range(random.choice([1, 1, 2, 6])):
                x, y, w, h = where = box(200, 160)
                polygon = [x, y, x + w, y, x + w, y + h * random.random(), x + w / 3, y + h, x, y + h / 2]
                annotation = {
                    "id": len(annotations) + 1, "image_id": image["id"], "category_id": category, "bbox": where,
                    "area": w * h * random.uniform(0.5, 1), "segmentation": [polygon],
                }
                if random.random() < 0.03:
                    annotation["ignore"] = 1
                annotations.append(annotation)
                for _ in range(random.choice([0, 1, 1, 3, 40 if crowded else 1])):
                    by = random.choice([0, 1, 4])
                    found.append({
                        "category_id": category, "bbox": shifted(where, by), "segmentation": [shifted(polygon, by)],
                    })
        for _ in range(random.choice([0, 5, 30, 400 if crowded else 5])):
            x, y, w, h = where = box(200, 160)
            found.append({
                "category_id": random.choice(ids), "bbox": where,
                "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]],
            })
        results += [{"image_id": image["id"], **one, "score": score()} for one in found]
    for result in results:
        result["bbox"][2:] = [max(side, 0.5) for side in result["bbox"][2:]]
    random.shuffle(results)
    return {"images": images, "annotations": annotations, "categories": categories}, results


def evaluated_lvis(folder, name, results, kind):
    truth = LVIS(f"{folder}/{name}.truth.json")
    evaluation = LVISEval(truth, LVISResults(truth, copy.deepcopy(results)), kind)
    evaluation.run()
    with contextlib.redirect_stdout(io.StringIO()) as out:
        evaluation.print_results()
    stats = [float(value) for value in evaluation.results.values()]
    return stats, out.getvalue().splitlines(), evaluation.eval


def write(folder, name, dataset, results):
    for what, content in (("truth", dataset), ("results", results)):
        with open(f"{folder}/{name}.{what}.json", "w") as file:
            json.dump(content, file)


def keep(folder, name, reference, **params):
    stats, lines, tensors = reference
    digests = {
        what: hashlib.sha256(np.ascontiguousarray(tensors[what], "<f8").tobytes()).hexdigest()
        for what in ("precision", "recall", "scores") if what in tensors
    }
    read = lambda what: json.load(open(f"{folder}/{name}.{what}.json"))
    FIXTURE.append({
        "name": name, "params": params, "truth": read("truth"), "results": read("results"), "stats": stats,
        "lines": lines, "sha256": digests,
    })
    for what in ("precision", "recall", "scores"):
        if what in tensors:
            tensors[what].astype("<f8").tofile(f"{folder}/{name}.{what}.f64")
    with open(f"{folder}/{name}.expected.json", "w") as file:
        json.dump({"params": params, "stats": stats, "lines": lines}, file)
    print(name, stats[0])


def main(folder, objects=10000, seed=1):
    random.seed(seed)
    for name, count, boxes in (("keypoints", 17, False), ("keypoints_boxes", 17, True), ("keypoints_own", 5, False)):
        sigmas = [0.02, 0.05, 0.08, 0.1, 0.3] if count == 5 else None
        dataset, results = keypoint_set(objects, count, boxes)
        write(folder, name, dataset, results)
        own = {"oksSigmas": sigmas} if sigmas else {}
        keep(folder, name, evaluated(dataset, results, "keypoints", sigmas), iouType="keypoints", **own)
    for kind in ("bbox", "segm"):
        name = f"lvis_{kind}"
        dataset, results = federated_set(objects)
        write(folder, name, dataset, results)
        keep(folder, name, evaluated_lvis(folder, name, results, kind), iouType=kind, lvis=True)
    with open(f"{folder}/kinds.json", "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in FIXTURE) + "\n]\n")


main(sys.argv[1], *map(int, sys.argv[2:]))
