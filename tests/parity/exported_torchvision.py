"""Exports networks of torchvision with random weights, and writes what they find in photos that Pillow resized: for
exported_networks.ts.

    python exported_torchvision.py OUT PHOTO...

Needs torch, torchvision (0.29.2 when docs/parity.md was written), onnx, onnxruntime and Pillow 13. BatchNorm has the statistics
of the photos. Detectors and segmenters run as files in onnxruntime: of a random network's torch, a few pixels are others.
"""

import argparse
import base64
import json
import zlib
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from PIL import Image
from torchvision import models
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
IMAGENET = {"mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]}


def pixels(photo, width, height):
    image = Image.open(photo).convert("RGB").resize((width, height), Image.BILINEAR)
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255


def cropped(photo):
    image = F.center_crop(F.resize(Image.open(photo).convert("RGB"), 256, InterpolationMode.BILINEAR), 224)
    return (torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255 - MEAN) / STD


def wake(network, *inputs):
    network.train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
    with torch.no_grad():
        network(*inputs)
    network.eval()


def write(folder, network, example, names, answers):
    folder.mkdir(parents=True, exist_ok=True)
    path = str(folder / "model.onnx")
    torch.onnx.export(network, example, path, dynamo=False, input_names=["x"], output_names=names, opset_version=16)
    (folder / "answers.json").write_text(json.dumps([{"filter": "bilinear", **answers}]))
    return onnxruntime.InferenceSession(path)


def write_references(folder, photos, found):
    (folder / "reference.json").write_text(json.dumps({photo: found(photo) for photo in photos}))


class Logits(torch.nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)["out"]


def segmenter(folder, make, photos):
    network = make(weights=None, weights_backbone=None, num_classes=21)
    width, height = 320, 256
    wake(network, torch.stack([(pixels(photo, width, height) - MEAN) / STD for photo in photos[:4]]))
    session = write(folder, Logits(network).eval(), (torch.zeros(1, 3, height, width),), ["out"], IMAGENET)

    def found(photo):
        logits = session.run(None, {"x": ((pixels(photo, width, height) - MEAN) / STD)[None].numpy()})[0]
        size = Image.open(photo).size[::-1]
        upright = torch.nn.functional.interpolate(torch.from_numpy(logits), size=size, mode="bilinear", align_corners=False)
        labels = upright[0].argmax(0).numpy().astype(np.uint8)
        return {"input": [height, width], "labels": base64.b64encode(zlib.compress(labels.tobytes())).decode()}

    write_references(folder, photos, found)


def classifier(folder, photos):
    network = models.mobilenet_v3_small(weights=None, num_classes=10)
    network.classifier[-1].weight.data.normal_(0, 0.2)
    wake(network, torch.stack([cropped(photo) for photo in photos]))
    write(folder, network, (torch.zeros(1, 3, 224, 224),), ["logits"], IMAGENET)

    def found(photo):
        with torch.no_grad():
            return {"input": [224, 224], "scores": network(cropped(photo)[None])[0].softmax(0).tolist()}

    write_references(folder, photos, found)


def detector(folder, photos):
    network = models.detection.ssdlite320_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=91, score_thresh=0.05
    )
    images = [pixels(photo, 320, 320) for photo in photos]
    wake(network, images, [{"boxes": torch.tensor([[1.0, 1, 50, 50]]), "labels": torch.tensor([1])}] * len(images))
    for module in network.head.classification_head.module_list:
        module[-1].weight.data.normal_(0, 0.3)
    answers = {"mean": [0, 0, 0], "std": [255, 255, 255]}
    session = write(folder, network, (images[:1],), ["boxes", "scores", "labels"], answers)

    def found(photo):
        boxes, scores, labels = session.run(None, {"x": pixels(photo, 320, 320).numpy()})
        width, height = Image.open(photo).size
        boxes = boxes * np.array([width, height, width, height], np.float32) / 320
        wanted = scores >= 0.25
        return {
            "input": [320, 320],
            "boxes": boxes[wanted].tolist(),
            "scores": scores[wanted].tolist(),
            "labels": (labels[wanted] - 1).tolist(),
        }

    write_references(folder, photos, found)


def main(out, photos):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    segmenter(out / "lraspp", models.segmentation.lraspp_mobilenet_v3_large, photos)
    segmenter(out / "deeplabv3", models.segmentation.deeplabv3_mobilenet_v3_large, photos)
    classifier(out / "mobilenet_v3_small", photos)
    detector(out / "ssdlite", photos)


parser = argparse.ArgumentParser()
parser.add_argument("out", type=Path)
parser.add_argument("photos", nargs="+")
arguments = parser.parse_args()
main(arguments.out, arguments.photos)
