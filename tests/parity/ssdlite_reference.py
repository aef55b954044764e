"""Writes tests/fixtures/heads/ssd_detections.json: random head outputs of an SSD and what torchvision makes of them.

Run with Python that has torch and torchvision:  python tests/parity/ssdlite_reference.py
"""

import base64
import json
from pathlib import Path
from types import SimpleNamespace

import torch
import torchvision
from torchvision.models.detection import _utils
from torchvision.models.detection.anchor_utils import DefaultBoxGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.ssd import SSD
from torchvision.models.detection.transform import resize_boxes

OUT = Path(__file__).parent.parent / "fixtures" / "heads" / "ssd_detections.json"

# A network input that is not square, and the original image that it was squashed from.
INPUT, ORIGINAL = (72, 112), (271, 500)
GRIDS = [(5, 7), (3, 4), (2, 2), (1, 1), (1, 1), (1, 1)]
CLASSES = 5

# With more than 4000 coordinates torchvision suppresses class by class, with fewer all classes at once.
SETTINGS = {
    "every candidate": dict(score_thresh=0.001, topk_candidates=300, nms_thresh=0.55, detections_per_img=300),
    "few candidates": dict(score_thresh=0.25, topk_candidates=300, nms_thresh=0.45, detections_per_img=300),
    "many, cut short": dict(score_thresh=0.001, topk_candidates=60, nms_thresh=0.55, detections_per_img=25),
    "none": dict(score_thresh=0.999, topk_candidates=300, nms_thresh=0.55, detections_per_img=300),
}


def encoded(tensor, dtype=torch.float32):
    return base64.b64encode(tensor.to(dtype).contiguous().numpy().tobytes()).decode()


def main():
    torch.manual_seed(5)
    generator = DefaultBoxGenerator([[2, 3]] * 6, min_ratio=0.2, max_ratio=0.95)
    images = ImageList(torch.zeros(1, 3, *INPUT), [INPUT])
    anchors = generator(images, [torch.zeros(1, 1, *grid) for grid in GRIDS])
    rows = len(anchors[0])
    head = {
        "bbox_regression": torch.randn(1, rows, 4),
        "cls_logits": torch.randn(1, rows, CLASSES + 1) * 2,
    }
    head["bbox_regression"][0, :5, 2:] = 40.0  # beyond the bound of the exponential

    cases = []
    for name, settings in SETTINGS.items():
        model = SimpleNamespace(box_coder=_utils.BoxCoder(weights=(10.0, 10.0, 5.0, 5.0)), **settings)
        (found,) = SSD.postprocess_detections(model, head, anchors, [INPUT])
        boxes = resize_boxes(found["boxes"], INPUT, ORIGINAL)
        cases.append({
            "name": name,
            "settings": settings,
            "count": len(boxes),
            "boxes": encoded(boxes),
            "scores": encoded(found["scores"]),
            "labels": encoded(found["labels"], torch.int32),
        })

    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({
        "source": f"torchvision {torchvision.__version__}, torch {torch.__version__}",
        "input": INPUT,
        "original": ORIGINAL,
        "grids": GRIDS,
        "classes": CLASSES,
        "rows": rows,
        "anchors": encoded(anchors[0]),
        "codes": encoded(head["bbox_regression"]),
        "logits": encoded(head["cls_logits"]),
        "cases": cases,
    }, indent=1) + "\n")
    print(OUT, OUT.stat().st_size, "bytes;", rows, "anchors;", {case["name"]: case["count"] for case in cases})


if __name__ == "__main__":
    main()
