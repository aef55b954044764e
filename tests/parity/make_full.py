"""Writes full-size networks with random weights, and what the references return, for compare.ts. See README.md.

    /tmp/torch-venv/bin/python tests/parity/make_full.py /tmp/parity [NAME...]
"""

import json
import pathlib
import sys

import PIL.Image
import safetensors.torch
import torch
import torchvision
from torchvision.transforms import functional
from torchvision.transforms._presets import ImageClassification, SemanticSegmentation

import reference_networks as reference

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"
MARGIN = 1e-4

# From the image file on: how many images, and what prepares them.
FROM_FILES = {
    "mobilenet_v3_large": ("imagenet-mini", 100, ImageClassification(crop_size=224, resize_size=232)),
    "mobilenet_v3_small": ("imagenet-mini", 100, ImageClassification(crop_size=224)),
    "mobilenet_v2": ("imagenet-mini", 100, ImageClassification(crop_size=224, resize_size=232)),
    "mnasnet1_0": ("imagenet-mini", 100, ImageClassification(crop_size=224)),
    "mobilenetv3_large_100": ("imagenet-mini", 100, "timm"),
    "tf_mobilenetv3_small_100": ("imagenet-mini", 100, "timm"),
    "lraspp_mobilenet_v3_large": ("coco-mini", 10, SemanticSegmentation(resize_size=520)),
    "deeplabv3_mobilenet_v3_large": ("coco-mini", 3, SemanticSegmentation(resize_size=520)),
    "ssdlite320_mobilenet_v3_large": ("coco-mini", 40, functional.pil_to_tensor),
}


def pictures(folder, count):
    files = sorted(path for path in (SHARED / folder).rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    return files[:: max(1, len(files) // count)][:count]


def opened(path):
    return PIL.Image.open(path).convert("RGB")


def transform_of(name, transform):
    if transform != "timm":
        return transform
    import timm

    settings = timm.data.resolve_model_data_config(timm.create_model(name, pretrained=False))
    return timm.data.create_transform(**settings, is_training=False)


def task_of(name):
    if name.startswith("ssdlite"):
        return "detect"
    return "segment" if name.startswith(("lraspp", "deeplab", "fastseg")) else "classify"


def low_logits(network, name, batch):
    """A segmentation network's logits before they are resized to its input."""
    if name.startswith("fastseg"):
        caught = {}
        hook = network.last.register_forward_hook(lambda module, inputs, output: caught.update(logits=output))
        network(batch)
        hook.remove()
        return caught["logits"]
    features = network.backbone(batch)
    if name.startswith("lraspp"):
        return network.classifier(features)
    if network.training or any(module.training for module in network.modules()):
        network.aux_classifier(features["aux"])
    return network.classifier(features["out"])


def mask_of(logits, size):
    """The best class of every pixel, 255 where the two best are closer than MARGIN."""
    full = torch.nn.functional.interpolate(logits, size, mode="bilinear", align_corners=False)
    best = full.topk(2, dim=1)
    mask = best.indices[:, 0].to(torch.uint8)
    mask[(best.values[:, 0] - best.values[:, 1]) < MARGIN] = 255
    return mask[0]


def detections(found):
    return {
        "boxes": found["boxes"],
        "scores": found["scores"],
        "labels": found["labels"].to(torch.int32),
    }


def calibration(task, name):
    """What the statistics of BatchNorm come from: real images where there are some, so that outputs differ."""
    side = {"classify": 224, "detect": 320, "segment": 256}[task]
    if name.startswith("fastseg"):
        return [reference.images(1, 400, 400, seed) for seed in range(2)]
    if not SHARED.exists():
        return [reference.images(4, side, side, seed) for seed in range(3)]
    files = pictures("imagenet-mini", 24)
    batch = torch.cat([
        reference.normalised(functional.pil_to_tensor(functional.center_crop(functional.resize(opened(path), side), side)))
        for path in files
    ])
    return list(batch.split(8))


def train_last_layer(network, batches, classes):
    """Ridge regression from the features to the classes of the images.

    With random logits the two best of a thousand are often closer than the last digit of a pixel can move them.
    """
    last = [module for module in network.modules() if isinstance(module, torch.nn.Linear)][-1]
    seen = []
    hook = last.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    for batch in batches:
        network(batch)
    hook.remove()
    features = torch.cat(seen).double()
    mean = features.mean(0)
    centred = features - mean
    targets = torch.zeros(len(centred), last.out_features, dtype=torch.double)
    targets[torch.arange(len(classes)), torch.tensor(classes)] = 10.0
    gram = centred @ centred.T
    ridge = 0.1 * gram.diagonal().mean() * torch.eye(len(centred), dtype=torch.double)
    weight = targets.T @ torch.linalg.solve(gram + ridge, centred)
    noise = last.weight.double() * 0.1 * weight.norm(dim=1)[classes].mean() / last.weight.double().norm(dim=1).mean()
    last.weight.copy_(weight + noise)
    last.bias.copy_(-(last.weight.double() @ mean))


def run(name, network, out):
    task = task_of(name)
    seed = sum(name.encode())
    forward = None
    if task == "detect":
        forward = lambda batch: network.head(list(network.backbone(batch).values()))
    if task == "segment":
        forward = lambda batch: low_logits(network, name, batch)
    reference.randomise(network.eval(), calibration(task, name), seed, forward)
    if name in FROM_FILES and SHARED.exists() and task == "classify":
        folder, count, transform = FROM_FILES[name]
        transform = transform_of(name, transform)
        indices = {pathlib.Path(image["file"]).name: image["index"] for image in json.loads((SHARED / folder / "images.json").read_text())}
        files = pictures(folder, count)
        with torch.no_grad():
            classes = [indices[path.name] for path in files]
            train_last_layer(network, (transform(opened(path))[None] for path in files), classes)
    wrapped = {"state_dict": network.state_dict()} if name.startswith("fastseg") else network.state_dict()
    torch.save(wrapped, out / f"{name}.pth")

    outputs = {}
    height, width = {"classify": (224, 224), "detect": (320, 320), "segment": (390, 520)}[task]
    if name.startswith("fastseg"):
        height, width = 512, 640
    picture = reference.test_picture(width, height)
    with torch.no_grad():
        if task == "classify":
            outputs["logits"] = network(reference.normalised(picture))
        elif task == "segment":
            outputs["logits"] = low_logits(network, name, reference.normalised(picture))
            outputs["mask"] = mask_of(outputs["logits"], (height, width))
        else:
            (found,) = network([picture.float() / 255])
            outputs.update(detections(found))

        files = []
        if name in FROM_FILES and SHARED.exists():
            folder, count, transform = FROM_FILES[name]
            transform = transform_of(name, transform)
            for index, path in enumerate(pictures(folder, count)):
                files.append(str(path.relative_to(SHARED.parent)))
                image = opened(path)
                batch = transform(image)[None]
                if task == "classify":
                    outputs[f"file{index}.logits"] = network(batch)
                elif task == "segment":
                    outputs[f"file{index}.mask"] = mask_of(low_logits(network, name, batch), (image.height, image.width))
                else:
                    (found,) = network([batch[0].float() / 255])
                    outputs.update({f"file{index}.{key}": value for key, value in detections(found).items()})
    safetensors.torch.save_file({key: value.contiguous() for key, value in outputs.items()}, out / f"{name}.safetensors")
    return {"name": name, "task": task, "height": height, "width": width, "files": files}


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[2:]
    manifest = out / "manifest.json"
    entries = json.loads(manifest.read_text())["networks"] if wanted and manifest.exists() else []
    for name, build in reference.all_networks():
        if wanted and name not in wanted:
            continue
        entries = [entry for entry in entries if entry["name"] != name] + [run(name, build(), out)]
        print(name, flush=True)
    import timm

    source = f"torch {torch.__version__}, torchvision {torchvision.__version__}, timm {timm.__version__}, fastseg 0.1.2"
    manifest.write_text(json.dumps({"source": source, "networks": entries}, indent=1) + "\n")


if __name__ == "__main__":
    main()
