"""Exports a YOLOX with random weights as its own exporter does, and writes what its demo finds in photos: for
exported_networks.ts.

    python exported_yolox.py OUT PHOTO...

Needs torch, onnx, onnxruntime, opencv and YOLOX (the PyPI package yolox_datamint 0.3.1 when docs/parity.md was written,
installed without its dependencies, with loguru, tabulate and pycocotools). BatchNorm has the statistics of the photos, and the
last layers are made wide enough that many boxes score.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch
from torch import nn
from yolox.data.data_augment import preproc
from yolox.models import YOLOX, YOLOPAFPN, YOLOXHead
from yolox.utils.demo_utils import demo_postprocess, multiclass_nms

CLASSES = 10
THRESHOLD = 0.25


def network(photos, size):
    model = YOLOX(
        YOLOPAFPN(0.33, 0.25, in_channels=[256, 512, 1024], depthwise=True),
        YOLOXHead(CLASSES, 0.25, in_channels=[256, 512, 1024], depthwise=True),
    )
    model.head.decode_in_inference = False
    model.train()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
    batch = np.stack([preproc(cv2.imread(photo), size)[0] for photo in photos[:4]])
    with torch.no_grad():
        model.backbone(torch.from_numpy(batch))
        model.eval()
        # The layers of the head, in training's statistics.
        for module in model.head.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.train()
        model(torch.from_numpy(batch))
    model.eval()
    head = model.head
    for layers, spread, bias in ((head.cls_preds, 0.15, -1), (head.obj_preds, 0.15, -1), (head.reg_preds, 0.03, 0)):
        for layer in layers:
            layer.weight.data.normal_(0, spread)
            layer.bias.data.fill_(bias)
    return model


def main(out, photos):
    for name, size in (("square", (320, 320)), ("wide", (256, 416))):
        torch.manual_seed(0)
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        path = str(folder / "model.onnx")
        model = network(photos, size)
        torch.onnx.export(
            model, torch.zeros(1, 3, *size), path, dynamo=False, input_names=["images"], output_names=["output"], opset_version=11
        )
        labels = [f"thing {k}" for k in range(CLASSES)]
        (folder / "answers.json").write_text(json.dumps([{"labels": labels, "multiLabel": True, "iou": 1}]))
        session = onnxruntime.InferenceSession(path)

        def found(photo):
            image, ratio = preproc(cv2.imread(photo), size)
            rows = demo_postprocess(session.run(None, {"images": image[None]})[0], size)[0]
            centres, sizes = rows[:, :2], rows[:, 2:4]
            boxes = np.concatenate([centres - sizes / 2, centres + sizes / 2], 1) / ratio
            scores = rows[:, 4:5] * rows[:, 5:]
            # Without its suppression, for which boxes are a pixel larger than they are.
            dets = multiclass_nms(boxes, scores, 1.1, THRESHOLD, class_agnostic=False)
            dets = np.zeros((0, 6)) if dets is None else dets
            dets = dets[np.argsort(-dets[:, 4], kind="stable")][:300]
            return {
                "input": size,
                "boxes": dets[:, :4].tolist(),
                "scores": dets[:, 4].tolist(),
                "labels": dets[:, 5].astype(int).tolist(),
            }

        (folder / "reference.json").write_text(json.dumps({photo: found(photo) for photo in photos}))


parser = argparse.ArgumentParser()
parser.add_argument("out", type=Path)
parser.add_argument("photos", nargs="+")
arguments = parser.parse_args()
main(arguments.out, arguments.photos)
