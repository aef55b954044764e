"""Writes tests/fixtures/names/state_dicts.json: a digest of the names and shapes of every reference network's weights.

    /tmp/torch-venv/bin/python tests/parity/make_name_fixtures.py
"""

import hashlib
import json
import pathlib

import timm
import torchvision

import reference_networks

OUT = pathlib.Path(__file__).parents[1] / "fixtures" / "names" / "state_dicts.json"


def digest(network):
    lines = []
    for name, tensor in network.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        lines.append(f"{name} {'x'.join(str(size) for size in tensor.shape if size != 1)}")
    text = "\n".join(sorted(lines))
    return {"parameters": len(lines), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def main():
    networks = {name: digest(build()) for name, build in reference_networks.all_networks()}
    widths = {name: digest(build()) for name, build in reference_networks.other_widths()}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    source = f"torchvision {torchvision.__version__}, timm {timm.__version__}, fastseg 0.1.2, d-li14 3e6938c"
    OUT.write_text(json.dumps({"source": source, "networks": networks, "widths": widths}, indent=1) + "\n")
    print(OUT, len(networks), "networks,", OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
