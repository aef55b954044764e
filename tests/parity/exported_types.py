"""Converts an exported detector to half precision and to an input of bytes, as others do: for exported_types.ts.

    python exported_types.py OUT [SEGMENTER.onnx ...]

Needs onnx, onnxruntime (1.32.0 when docs/parity.md was written) and nudenet (3.4.2), whose detector is converted; segmentation
networks are torchvision's.
"""

import argparse
from pathlib import Path

import nudenet
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.transformers.float16 import convert_float_to_float16


MEAN = np.float32([123.675, 116.28, 103.53]).reshape(1, 3, 1, 1)
STD = np.float32([58.395, 57.12, 57.375]).reshape(1, 3, 1, 1)


def bytes_input(model, mean, std):
    """The same graph with an input of bytes, [1, height, width, 3], which it normalises itself."""
    graph = model.graph
    image = graph.input[0]
    shape = [side.dim_param or side.dim_value for side in image.type.tensor_type.shape.dim]
    nodes = [
        helper.make_node("Cast", ["image"], ["image.float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["image.float"], ["image.planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Sub", ["image.planes", "image.mean"], ["image.centred"]),
        helper.make_node("Div", ["image.centred", "image.std"], [image.name]),
    ]
    graph.initializer.append(numpy_helper.from_array(mean, "image.mean"))
    graph.initializer.append(numpy_helper.from_array(std, "image.std"))
    taken = helper.make_tensor_value_info("image", TensorProto.UINT8, [shape[0], *shape[2:], 3])
    del graph.input[0]
    graph.input.insert(0, taken)
    for node in reversed(nodes):
        graph.node.insert(0, node)
    return model


def main(out, files):
    detector = Path(nudenet.__file__).parent / "320n.onnx"
    for file in [detector, *files]:
        folder = out / file.stem
        folder.mkdir(parents=True, exist_ok=True)
        load = lambda: onnx.load(str(file))
        onnx.save(load(), folder / "float32.onnx")
        halved = lambda **options: convert_float_to_float16(load(), **options)
        onnx.save(halved(), folder / "float16.onnx")
        onnx.save(halved(keep_io_types=True), folder / "float16-inside.onnx")
        mean, std = (np.float32(0), np.float32(255)) if file is detector else (MEAN, STD)
        onnx.save(bytes_input(load(), mean, std), folder / "bytes.onnx")


parser = argparse.ArgumentParser()
parser.add_argument("out", type=Path)
parser.add_argument("segmenters", nargs="*", type=Path)
arguments = parser.parse_args()
main(arguments.out, arguments.segmenters)
