"""Post-training quantisation by onnxruntime's own tool and by NNCF, beside a file that bneck quantize wrote.

    bneck export street --heads segment -o street.onnx
    bneck export street --heads segment --raw --size 360x480 -o raw.onnx
    bneck quantize street.onnx --calibrate train -o street.int8.onnx
    python quantization.py --float street.onnx --raw raw.onnx --int8 street.int8.onnx --images train --size 360x480 --out peers

writes peers/ort.onnx and peers/nncf.onnx, which `bneck eval` scores, and prints the error of the outputs on images that
were not calibrated on (squared, as a share of their variance) and the milliseconds of each in turns, on one thread.
OpenVINO gets the raw network at a fixed size, since sizes that change cost it time.

Needs onnx, onnxruntime, openvino, nncf, pillow and numpy.
"""

import argparse
import glob
import json
import logging
import os
import time

import nncf
import numpy as np
import onnx
import onnxruntime
import openvino
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

IMAGES, HELD_OUT, ROUNDS, WARMUP = 56, 8, 60, 10
IMAGENET = np.float32([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("float", "raw", "int8", "images", "size", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--imagenet", action="store_true", help="the raw network takes ImageNet's normalisation")
    return parser.parse_args()


def pixels(path, height, width):
    image = Image.open(path).convert("RGB").resize((width, height), Image.BILINEAR)
    return np.asarray(image)


def feeds(session, image):
    """What a file of `bneck export` takes of an image."""
    given = {"image": image[None], "size": np.array(image.shape[:2], np.int64)}
    return {name.name: given[name.name] for name in session.get_inputs()}


def normalised(image, imagenet):
    values = image.astype(np.float32)
    if imagenet:
        values = (values / 255 - IMAGENET[0]) / IMAGENET[1]
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def error(wanted, given):
    return float(((wanted - given) ** 2).sum() / ((wanted - wanted.mean()) ** 2).sum())


class Reader(CalibrationDataReader):
    def __init__(self, items):
        self.items = iter(items)

    def get_next(self):
        return next(self.items, None)


def main():
    args = arguments()
    nncf.set_log_level(logging.ERROR)
    os.makedirs(args.out, exist_ok=True)
    height, width = map(int, args.size.split("x"))
    paths = sorted(glob.glob(f"{args.images}/*"))
    chosen = [paths[int((i + 0.5) * len(paths) / IMAGES)] for i in range(IMAGES)]
    rest = [path for path in paths if path not in set(chosen)]
    held_out = [pixels(path, height, width) for path in rest[:: max(1, len(rest) // HELD_OUT)][:HELD_OUT]]
    images = [pixels(path, height, width) for path in chosen]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")

    def opened(path):
        return onnxruntime.InferenceSession(path, options)

    whole = opened(args.float)
    inputs = [feeds(whole, image) for image in images]
    prepared = f"{args.out}/prepared.onnx"
    quant_pre_process(args.float, prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared,
        f"{args.out}/ort.onnx",
        Reader(inputs),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    found = nncf.quantize(onnx.load(args.float), nncf.Dataset(inputs), subset_size=IMAGES)
    onnx.save(found, f"{args.out}/nncf.onnx")

    core = openvino.Core()
    core.set_property("CPU", {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1})
    network = core.read_model(args.raw)
    network.reshape([1, 3, height, width])
    tensors = [normalised(image, args.imagenet) for image in images]
    small = nncf.quantize(network, nncf.Dataset(tensors), subset_size=IMAGES)

    runs = {}
    for label, path in {
        "float": args.float,
        "bneck": args.int8,
        "onnxruntime": f"{args.out}/ort.onnx",
        "nncf, onnxruntime": f"{args.out}/nncf.onnx",
    }.items():
        try:
            session = opened(path)
            session.run(None, feeds(session, held_out[0]))
        except Exception as problem:  # A file that its own runtime refuses is a result.
            print(f"{label} cannot be run: {str(problem)[:120]}")
            continue
        runs[label] = lambda image, session=session: session.run(None, feeds(session, image))
    for label, model in {"openvino, float": network, "nncf, openvino": small}.items():
        request = core.compile_model(model, "CPU").create_infer_request()
        runs[label] = lambda image, request=request: list(
            request.infer([normalised(image, args.imagenet)]).values()
        )

    # The raw network may see more of an image than one that crops it.
    reference = {
        label: [runs["openvino, float" if "openvino" in label else "float"](image) for image in held_out]
        for label in runs
    }
    times = {label: [] for label in runs}
    for turn in range(ROUNDS + WARMUP):
        for label, run in runs.items():
            start = time.perf_counter()
            run(held_out[0])
            if turn >= WARMUP:
                times[label].append((time.perf_counter() - start) * 1e3)
    for label, run in runs.items():
        outputs = [run(image) for image in held_out]
        ratio = np.median(np.array(times["float"]) / np.array(times[label]))
        result = {
            "milliseconds": round(float(np.median(times[label])), 2),
            "times as fast": round(float(ratio), 2),
            "error": max(
                float(np.mean([error(a[i], b[i]) for a, b in zip(reference[label], outputs)]))
                for i in range(len(outputs[0]))
            ),
        }
        print(label, json.dumps(result))


if __name__ == "__main__":
    main()
