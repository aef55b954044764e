"""Writes the checkpoints of tests/fixtures/weights and what a reader must find in them (expected.json).

    python3 -m venv /tmp/torch-venv
    /tmp/torch-venv/bin/pip install torch==2.6.0 numpy safetensors
    /tmp/torch-venv/bin/python tests/parity/make_checkpoints.py

With a folder as argument it also writes a full-size checkpoint there, for measuring (needs torchvision==0.21.0):

    /tmp/torch-venv/bin/python tests/parity/make_checkpoints.py /tmp/checkpoints

Everything is seeded; the files are needed to run the tests, this script is not.
"""

import argparse
import collections
import dataclasses
import datetime
import enum
import fractions
import functools
import json
import os
import pathlib
import re
import sys
import types
import zipfile

import numpy
import safetensors.torch
import torch

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures" / "weights"


def describe(tensor):
    """Element type, shape, the bytes as stored (row-major), and if that differs the same as float32; bytes as hex."""
    dense = tensor.detach().contiguous()
    entry = {
        "dtype": str(dense.dtype).removeprefix("torch."),
        "shape": list(dense.shape),
        "data": bytes(dense.view(-1).view(torch.uint8).tolist()).hex() if dense.numel() else "",
    }
    if dense.dtype != torch.float32:
        entry["float32"] = dense.to(torch.float32).numpy().tobytes().hex()
    return entry


def small_network():
    torch.manual_seed(1)
    network = torch.nn.Sequential(
        collections.OrderedDict(conv=torch.nn.Conv2d(2, 3, 2), norm=torch.nn.BatchNorm2d(3), head=torch.nn.Linear(3, 2))
    )
    with torch.no_grad():
        for _ in range(3):
            network[:2](torch.randn(2, 2, 6, 6))
    return network


def every_type():
    torch.manual_seed(2)
    values = torch.tensor([0.0, -0.0, 1.0, -2.5, 1e-7, 65504.0, 3.0e38, float("inf"), float("-inf"), 0.1])
    tensors = {name: values.to(getattr(torch, name)) for name in ("float64", "float32", "float16", "bfloat16")}
    tensors["subnormal_half"] = torch.tensor([6e-8, -6e-5], dtype=torch.float16)
    for bits in (8, 16, 32, 64):
        top = 2 ** (bits - 1)
        tensors[f"int{bits}"] = torch.tensor([0, 1, -1, top - 1, -top], dtype=getattr(torch, f"int{bits}"))
    tensors["uint8"] = torch.tensor([0, 1, 255], dtype=torch.uint8)
    for bits in (16, 32, 64):
        tensors[f"uint{bits}"] = torch.tensor([0, 1, 2 ** min(bits, 62) - 1], dtype=getattr(torch, f"uint{bits}"))
    tensors["bool"] = torch.tensor([[True, False, True]])
    tensors["scalar"] = torch.tensor(7.25)
    tensors["empty"] = torch.zeros(2, 0, 3)
    return tensors


def views():
    """Tensors that share storages, begin inside them and are not contiguous, in elements of every width."""
    torch.manual_seed(3)
    base = torch.randn(4, 6)
    image = torch.randn(3, 4, 2, 2)
    counts = torch.arange(-12, 12).reshape(2, 3, 4)
    return {
        "base": base,
        "row": base[2],
        "column": base[:, 1],
        "transposed": base.t(),
        "steps": base[1::2, ::3],
        "channels_last": image.to(memory_format=torch.channels_last),
        "expanded": torch.tensor([1.5, -2.5]).reshape(2, 1).expand(2, 3),
        "int64": counts.permute(2, 0, 1),
        "float64": base.double().t(),
        "half": base.half().t()[1:3],
        "bool": (base > 0).t(),
        "first_of_one": base[:1].t(),
    }


def training_state(network):
    """What a training script saves, including things that are not weights."""
    optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9)
    network.head(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    averaged = torch.optim.swa_utils.AveragedModel(network)
    with torch.no_grad():
        averaged.module.head.bias.fill_(0.75)
    return {
        "epoch": 12,
        "arch": "tiny",
        "best": numpy.float64(0.5),
        "model": {f"module.{name}": value for name, value in network.state_dict().items()},
        "model_ema": averaged.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": {"milestones": collections.Counter({3: 1}), "last_lr": [0.1, 0.01]},
        "args": argparse.Namespace(lr=0.1, output=pathlib.PosixPath("out"), names={"a", "b"}),
        "random": torch.get_rng_state()[:16].clone(),
        "complete": True,
    }


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Settings:
    """A class of the training script, which no reader knows."""

    rate: float = 0.1
    colour: Colour = Colour.RED
    output: pathlib.Path = pathlib.PosixPath("out")


class Names(list):
    pass


def schedule(step):
    return step


def framework_state(network):
    """What PyTorch Lightning saves: a loss and a metric in the same dictionary, objects of any class beside it."""
    settings = {
        "settings": Settings(),
        "class": Settings,
        "names": Names(["a"]),
        "when": datetime.datetime(2024, 5, 6, tzinfo=datetime.timezone.utc),
        "score": numpy.float64(0.5),
        "counts": numpy.arange(3),
        "schedule": functools.partial(schedule, 1),
        "ratio": fractions.Fraction(1, 3),
        "pattern": re.compile("a+"),
        "recent": collections.deque([1, 2], 3),
        "namespace": types.SimpleNamespace(a=1),
    }
    return {
        "epoch": 3,
        "pytorch-lightning_version": "2.2.0",
        "state_dict": {
            **{f"model.{name}": value for name, value in network.state_dict().items()},
            "criterion.weight": torch.ones(2),
            "val_iou.confmat": torch.zeros(2, 2),
        },
        "hyper_parameters": settings,
        "callbacks": {"EarlyStopping": settings},
    }


class Command:
    """What a malicious checkpoint does: a pickle that runs a command when it is loaded."""

    def __reduce__(self):
        return os.system, ("echo this must never run",)


def deflate(source, target):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for entry in old.infolist():
            stamp = zipfile.ZipInfo(entry.filename, (2020, 1, 1, 0, 0, 0))
            new.writestr(stamp, old.read(entry), zipfile.ZIP_DEFLATED)


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    expected = {}

    def save(name, value, tensors=None, path="", facts=None, error=None, **options):
        torch.save(value, FIXTURES / name, **options)
        note(name, value if tensors is None and error is None else tensors, path, facts, error)

    def note(name, tensors, path="", facts=None, error=None):
        """`tensors` is a dictionary or the name of a file that holds the same."""
        if error is None and not isinstance(tensors, str):
            tensors = {key: describe(tensor) for key, tensor in tensors.items()}
        expected[name] = {"error": error} if error else {"path": path, "facts": facts or {}, "tensors": tensors}

    network = small_network()
    state = network.state_dict()
    legacy = {"_use_new_zipfile_serialization": False}
    save("current.pth", state)
    save("protocol5.pth", state, "current.pth", pickle_protocol=5)
    save("legacy.pth", state, "current.pth", **legacy)
    save("types.pth", every_type())
    save("views.pth", views())
    save("views_legacy.pth", views(), "views.pth", **legacy)
    save("parameters.pth", dict(network.norm.named_parameters()))
    save("compiled.pth", {"state_dict": torch.compile(torch.nn.DataParallel(network)).state_dict()}, "current.pth", "state_dict")
    training = training_state(small_network())
    trained = {name.removeprefix("module."): value for name, value in training["model"].items()}
    save("training.pth", training, trained, "model", {"epoch": 12, "arch": "tiny", "complete": True})
    framework = framework_state(small_network())
    facts = {"epoch": 3, "pytorch-lightning_version": "2.2.0"}
    save("framework.pth", framework, framework["state_dict"], "state_dict", facts)
    save("whole_network.pth", small_network(), "current.pth")
    save("whole_model.pth", torch.nn.Flatten(), error='"torch.nn.modules.flatten.Flatten"')
    save("command.pth", {"weight": torch.ones(2), "extra": Command()}, error='"posix.system"')
    save("tensor.pth", torch.ones(3), error="it holds a tensor")
    deflate(FIXTURES / "views.pth", FIXTURES / "deflated.pth")
    note("deflated.pth", "views.pth")
    torch.serialization.set_crc32_options(False)
    save("no_checksums.pth", state, "current.pth")
    torch.serialization.set_crc32_options(True)
    torch.jit.script(torch.nn.Linear(1, 1)).save(str(FIXTURES / "script.pt"))
    note("script.pt", None, error="TorchScript")
    tensors = {name: value for name, value in every_type().items() if not name.startswith("uint") or name == "uint8"}
    safetensors.torch.save_file(tensors, FIXTURES / "types.safetensors", {"made by": "make_checkpoints.py"})
    (FIXTURES / "types.safetensors").chmod(0o644)
    note("types.safetensors", tensors, facts={"made by": "make_checkpoints.py"})

    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in expected.items())
    (FIXTURES / "expected.json").write_text("{\n" + lines + "\n}\n")
    print(sum(file.stat().st_size for file in FIXTURES.iterdir()), "bytes in", FIXTURES)


def full_size(folder):
    import torchvision

    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    state = torchvision.models.mobilenet_v3_large().state_dict()
    torch.save(state, folder / "mobilenet_v3_large.pth")
    torch.save(state, folder / "mobilenet_v3_large_legacy.pth", _use_new_zipfile_serialization=False)
    deflate(folder / "mobilenet_v3_large.pth", folder / "mobilenet_v3_large_deflated.pth")
    channels_last = torchvision.models.mobilenet_v3_large().to(memory_format=torch.channels_last)
    torch.save(channels_last.state_dict(), folder / "mobilenet_v3_large_channels_last.pth")
    safetensors.torch.save_file(state, folder / "mobilenet_v3_large.safetensors")


if __name__ == "__main__":
    main()
    if len(sys.argv) > 1:
        full_size(pathlib.Path(sys.argv[1]))
