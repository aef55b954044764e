"""Exports detectors as others do, and writes what their own predictors find: for exported_detectors.ts.

    python exported_detectors.py OUT PHOTO...
    python exported_detectors.py --only seg OUT PHOTO...    those whose names have "seg"

Needs ultralytics (8.4.190 when docs/parity.md was written), torch, onnx, onnxruntime and opencv. The weights are random:
BatchNorm has the statistics of the photos, and the last layers are made wide enough that many boxes score.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ["YOLO_AUTOINSTALL"] = "false"
os.environ["YOLO_OFFLINE"] = "true"

import cv2
import numpy as np
import torch
from ultralytics import RTDETR, YOLO

CASES = {
    "yolov8n": ("yolov8n.yaml", {"imgsz": 320}),
    "yolov8n-dynamic": ("yolov8n.yaml", {"imgsz": 320, "dynamic": True}),
    "yolov8n-batch": ("yolov8n.yaml", {"imgsz": 320, "batch": 4}),
    "yolov8n-nms": ("yolov8n.yaml", {"imgsz": 320, "nms": True}),
    "yolov8n-seg": ("yolov8n-seg.yaml", {"imgsz": 320}),
    "yolov8n-seg-dynamic": ("yolov8n-seg.yaml", {"imgsz": 320, "dynamic": True}),
    "yolov8n-seg-nms": ("yolov8n-seg.yaml", {"imgsz": 320, "nms": True}),
    "yolo11n-seg": ("yolo11n-seg.yaml", {"imgsz": [256, 320]}),
    "yolo26n-seg": ("yolo26n-seg.yaml", {"imgsz": 320}),
    "yolo26n-seg-final": ("yolo26n-seg.yaml", {"imgsz": 320, "nms": False}),
    "yolov5nu": ("yolov5n.yaml", {"imgsz": 320}),
    "yolo11n": ("yolo11n.yaml", {"imgsz": [256, 320]}),
    "yolov10n": ("yolov10n.yaml", {"imgsz": 320}),
    "yolo26n": ("yolo26n.yaml", {"imgsz": 320}),
    "yolo26n-final": ("yolo26n.yaml", {"imgsz": 320, "nms": False}),
    "yolov10n-final": ("yolov10n.yaml", {"imgsz": 320, "nms": False}),
    "rtdetr-l": ("rtdetr-l.yaml", {"imgsz": 320}),
}


def wake(network, photos):
    network.train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
    images = [cv2.resize(cv2.imread(photo), (320, 320))[:, :, ::-1].copy() for photo in photos[:4]]
    batch = torch.stack([torch.from_numpy(image).permute(2, 0, 1).float() / 255 for image in images])
    with torch.no_grad():
        network(batch)
    network.eval()
    head = network.model[-1]
    for name in ("cv3", "one2one_cv3"):
        for branch in getattr(head, name, None) or []:
            if hasattr(branch[-1], "weight"):
                branch[-1].weight.data.normal_(0, 0.03)
                branch[-1].bias.data.fill_(-2.5)
    for name in ("cv4", "one2one_cv4"):
        for branch in getattr(head, name, None) or []:
            branch[-1].weight.data.normal_(0, 0.5)
            branch[-1].bias.data.normal_(0, 0.5)
    for layer in getattr(head, "dec_score_head", []):
        layer.weight.data.normal_(0, 0.05)
        layer.bias.data.fill_(-1.5)


def runs(mask):
    """Lengths of runs of zeros and ones, column by column, zeros first."""
    flat = np.concatenate([[0], mask.cpu().numpy().T.reshape(-1) > 0, [2]]).astype(np.int8)
    ends = np.flatnonzero(np.diff(flat))
    return np.diff(np.concatenate([[0], ends])).tolist()


def predicted(predictor, photo, size, **options):
    result = predictor.predict(photo, conf=0.25, max_det=300, imgsz=size, verbose=False, **options)[0]
    boxes = result.boxes
    found = {"boxes": boxes.xyxy.tolist(), "scores": boxes.conf.tolist(), "classes": boxes.cls.int().tolist()}
    if result.masks is not None:
        found["maskSize"] = list(result.masks.data.shape[1:])
        found["masks"] = [runs(mask) for mask in result.masks.data]
    return found


def main(out, photos, only):
    out.mkdir(parents=True, exist_ok=True)
    for name, (config, options) in CASES.items():
        if only not in name:
            continue
        torch.manual_seed(0)
        kind = RTDETR if config.startswith("rtdetr") else YOLO
        model = kind(config)
        wake(model.model, photos)
        model.ckpt_path = model.model.pt_path = str(out / f"{name}.pt")
        exported = model.export(format="onnx", simplify=False, **options)
        os.replace(exported, out / f"{name}.onnx")
        task = {"task": "segment" if "seg" in name else "detect"} if kind is YOLO else {}
        predictor = kind(str(out / f"{name}.onnx"), **task)
        size = options["imgsz"]
        # Masks as large as photos are the predictor's "retina masks"; by default they have the size of the input.
        found = {photo: predicted(predictor, photo, size, **({"retina_masks": True} if "seg" in name else {})) for photo in photos}
        (out / f"{name}.json").write_text(json.dumps(found))
        if "seg" in name:
            small = {photo: predicted(predictor, photo, size) for photo in photos}
            (out / f"{name}.input.json").write_text(json.dumps(small))


parser = argparse.ArgumentParser()
parser.add_argument("--only", default="")
parser.add_argument("out", type=Path)
parser.add_argument("photos", nargs="+")
arguments = parser.parse_args()
main(arguments.out, arguments.photos, arguments.only)
