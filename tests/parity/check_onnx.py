"""Checks exported files with onnx.checker, runs them in Python's onnxruntime and writes a table; see README.md.

    /tmp/torch-venv/bin/python tests/parity/check_onnx.py /tmp/exported
"""

import pathlib
import sys

import numpy
import onnx
import onnxruntime
import safetensors

import reference_networks as reference

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "parity.md"
ALLOWED = 1e-4


def largest_error(found, expected):
    """Of all outputs, as a share of the largest value."""
    errors = []
    for name, wanted in expected.items():
        assert found[name].shape == wanted.shape, (name, found[name].shape, wanted.shape)
        errors.append(float(numpy.abs(found[name] - wanted).max() / numpy.abs(wanted).max()))
    return max(errors)


def check(path):
    """The errors against onnxruntime-node and against bneck; None where the file takes no image."""
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    assert metadata["bneck.format"] == "1" and metadata["licence"], metadata
    with safetensors.safe_open(path.with_suffix(".safetensors"), "np") as file:
        height, width = (int(file.metadata()[side]) for side in ("height", "width"))
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    through_bneck = {name.removeprefix("bneck."): value for name, value in tensors.items() if name.startswith("bneck.")}
    alone = {name: value for name, value in tensors.items() if not name.startswith("bneck.")}
    inputs = {entry.name for entry in session.get_inputs()}
    if "image" in inputs:
        feeds = {"image": reference.test_picture(640, 480).permute(1, 2, 0)[None].numpy()}
        if "size" in inputs:
            feeds["size"] = numpy.array([height, width], numpy.int64)
    else:
        picture = reference.test_picture(width, height)
        feeds = {"input": reference.normalised(picture, (0.5,) * 3, (0.5,) * 3).numpy()}
    outputs = session.get_outputs()
    found = dict(zip([output.name for output in outputs], session.run(None, feeds)))
    for output in outputs:
        real = found[output.name].shape
        declared = output.shape
        assert all(not isinstance(side, int) or side == length for side, length in zip(declared, real)), declared
    return largest_error(found, alone), largest_error(found, through_bneck) if through_bneck else None


def write_table(rows):
    """Replaces what stands between the markers of docs/parity.md."""
    begin, end = "<!-- exported -->", "<!-- end of exported -->"
    lines = [
        f"Python: onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}.",
        "",
        "| file | against onnxruntime-node | against bneck, from the image |",
        "|---|---|---|",
        *(f"| {name} | {node:.1e} | {'–' if bneck is None else f'{bneck:.1e}'} |" for name, node, bneck in rows),
    ]
    text = DOCUMENT.read_text()
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    DOCUMENT.write_text(f"{before}{begin}\n\n" + "\n".join(lines) + f"\n\n{end}{after}")


def main():
    rows = []
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
        rows.append((path.stem, *check(path)))
        print(*rows[-1])
    write_table(rows)
    return any(node > ALLOWED for _, node, _ in rows)


sys.exit(main())
