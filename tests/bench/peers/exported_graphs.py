"""Exports torchvision's networks with torch.onnx.export, by both of its exporters.

    python exported_graphs.py NETWORKS FOLDER

NETWORKS holds what networks.py writes. Prints one line of JSON: versions, and what could not be exported.
"""

import contextlib
import io
import json
import pathlib
import sys
import warnings

import onnx
import torch
import torchvision


class Wrapped(torch.nn.Module):
    """A network whose output is what `forward` makes of it."""

    def __init__(self, network, forward):
        super().__init__()
        self.network = network
        self.run = forward

    def forward(self, batch):
        return self.run(self.network, batch)


def ssd_heads(network, batch):
    heads = network.head(list(network.backbone(batch).values()))
    return heads["cls_logits"].softmax(-1), heads["bbox_regression"]


def ssd_objects(network, picture):
    (found,) = network([picture])
    return found["boxes"], found["scores"], found["labels"]


FILES = [
    ("classifier", "mobilenet_v3_large", lambda network, batch: network(batch), (1, 3, 224, 224)),
    ("lraspp-logits", "lraspp_mobilenet_v3_large", lambda n, batch: n.classifier(n.backbone(batch)), (1, 3, 520, 520)),
    ("lraspp", "lraspp_mobilenet_v3_large", lambda network, batch: network(batch)["out"], (1, 3, 520, 520)),
    ("ssdlite-heads", "ssdlite320_mobilenet_v3_large", ssd_heads, (1, 3, 320, 320)),
    ("ssdlite", "ssdlite320_mobilenet_v3_large", ssd_objects, (3, 320, 320)),
]


def main():
    warnings.filterwarnings("ignore")
    networks, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    failed = []
    for exporter in ("dynamo", "legacy"):
        for file, name, forward, shape in FILES:
            options = {} if name == "mobilenet_v3_large" else {"weights_backbone": None}
            network = torchvision.models.get_model(name, weights=None, **options)
            network.load_state_dict(torch.load(networks / f"{name}.pth"))
            path = out / f"{file}.{exporter}.onnx"
            inline = {"external_data": False} if exporter == "dynamo" else {}
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    torch.onnx.export(
                        Wrapped(network.eval(), forward).eval(), (torch.rand(shape),), path,
                        dynamo=exporter == "dynamo", input_names=["input"], **inline,
                    )
            except Exception:
                path.unlink(missing_ok=True)
                failed.append(path.stem)
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__, "onnx": onnx.__version__}
    print(json.dumps({"versions": versions, "failed": failed}))


if __name__ == "__main__":
    main()
