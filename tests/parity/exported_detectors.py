"""Exports detectors as others do, and writes what their own predictors find: for exported_detectors.ts.

    python exported_detectors.py OUT PHOTO...

Needs ultralytics (8.4.190 when docs/parity.md was written), torch, onnx, onnxruntime and opencv. The weights are random:
BatchNorm has the statistics of the photos, and the last layers are made wide enough that many boxes score.
"""

import json
import os
import sys
from pathlib import Path

os.environ["YOLO_AUTOINSTALL"] = "false"
os.environ["YOLO_OFFLINE"] = "true"

import cv2
import torch
from ultralytics import RTDETR, YOLO

CASES = {
    "yolov8n": ("yolov8n.yaml", {"imgsz": 320}),
    "yolov8n-dynamic": ("yolov8n.yaml", {"imgsz": 320, "dynamic": True}),
    "yolov8n-batch": ("yolov8n.yaml", {"imgsz": 320, "batch": 4}),
    "yolov8n-nms": ("yolov8n.yaml", {"imgsz": 320, "nms": True}),
    "yolov8n-seg": ("yolov8n-seg.yaml", {"imgsz": 320}),
    "yolov5nu": ("yolov5n.yaml", {"imgsz": 320}),
    "yolo11n": ("yolo11n.yaml", {"imgsz": [256, 320]}),
    "yolov10n": ("yolov10n.yaml", {"imgsz": 320}),
    "yolo26n": ("yolo26n.yaml", {"imgsz": 320}),
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
    for layer in getattr(head, "dec_score_head", []):
        layer.weight.data.normal_(0, 0.05)
        layer.bias.data.fill_(-1.5)


def main(out, photos):
    out.mkdir(parents=True, exist_ok=True)
    for name, (config, options) in CASES.items():
        torch.manual_seed(0)
        kind = RTDETR if config.startswith("rtdetr") else YOLO
        model = kind(config)
        wake(model.model, photos)
        model.ckpt_path = model.model.pt_path = str(out / f"{name}.pt")
        exported = model.export(format="onnx", simplify=False, **options)
        os.replace(exported, out / f"{name}.onnx")
        task = {"task": "segment" if "seg" in name else "detect"} if kind is YOLO else {}
        predictor = kind(str(out / f"{name}.onnx"), **task)
        found = {}
        for photo in photos:
            boxes = predictor.predict(photo, conf=0.25, max_det=300, imgsz=options["imgsz"], verbose=False)[0].boxes
            found[photo] = {
                "boxes": boxes.xyxy.tolist(),
                "scores": boxes.conf.tolist(),
                "classes": boxes.cls.int().tolist(),
            }
        (out / f"{name}.json").write_text(json.dumps(found))


main(Path(sys.argv[1]), sys.argv[2:])
