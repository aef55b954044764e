"""Checks exported files with onnx.checker and runs them in Python's onnxruntime; see README.md.

    /tmp/torch-venv/bin/python tests/parity/check_onnx.py /tmp/exported
"""

import pathlib
import sys

import numpy
import onnx
import onnxruntime
import safetensors

import reference_networks as reference

failed = False
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with safetensors.safe_open(path.with_suffix(".safetensors"), "np") as file:
        height, width = (int(file.metadata()[side]) for side in ("height", "width"))
        expected = {name: file.get_tensor(name) for name in file.keys()}
    inputs = {entry.name: entry for entry in session.get_inputs()}
    feeds = {}
    if "image" in inputs:
        feeds["image"] = reference.test_picture(320, 240).permute(1, 2, 0)[None].numpy()
        if "size" in inputs:
            feeds["size"] = numpy.array([height, width], numpy.int64)
    else:
        picture = reference.test_picture(width, height)
        feeds["input"] = reference.normalised(picture, (0.5,) * 3, (0.5,) * 3).numpy()
    names = [entry.name for entry in session.get_outputs()]
    found = dict(zip(names, session.run(names, feeds)))
    errors = {}
    for entry in session.get_outputs():
        output, wanted = found[entry.name], expected[entry.name]
        assert output.shape == wanted.shape, (path.name, entry.name, output.shape, wanted.shape)
        declared = [size for size in entry.shape]
        assert all(not isinstance(size, int) or size == real for size, real in zip(declared, output.shape)), declared
        errors[entry.name] = float(numpy.abs(output - wanted).max() / numpy.abs(wanted).max())
    metadata = session.get_modelmeta().custom_metadata_map
    assert metadata["bneck.format"] == "1" and metadata["licence"], metadata
    failed |= max(errors.values()) > 1e-4
    print(f"{path.name}: valid, {list(inputs)} -> {names}, differs by {max(errors.values()):.1e}")
sys.exit(failed)
