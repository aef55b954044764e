"""Writes torchvision's networks with seeded random weights, which bneck and torchvision both load.

    python networks.py FOLDER

The weights follow tests/parity/reference_networks.py. A network with random weights finds objects and classes
everywhere; a bias of the background makes it find about as many as a trained one does, so that decoding takes as long
as it would.
"""

import pathlib
import sys

import torch
import torchvision

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "parity"))
import reference_networks as reference  # noqa: E402

PICTURES = pathlib.Path(__file__).resolve().parents[4] / "shared" / "data" / "coco-mini" / "val2017"
# Candidates above 0.25 in an image, and the score that decides.
CANDIDATES, SCORE = 40, 0.25
# The share of the background in PASCAL VOC's pictures.
BACKGROUND = 0.73


def pictures(side, count):
    files = sorted(PICTURES.glob("*.jpg"))[:: 79 // count][:count]
    read = [torchvision.io.decode_image(str(path), mode=torchvision.io.ImageReadMode.RGB) for path in files]
    sized = [torchvision.transforms.functional.resize(picture, [side, side], antialias=True) for picture in read]
    return torch.stack(sized).float() / 255


def make(name, side, mean, std):
    network = reference.torchvision_network(name).eval()
    batches = [(part - mean) / std for part in pictures(side, 24).split(8)]
    if name.startswith("ssdlite"):
        forward = lambda batch: network.head(list(network.backbone(batch).values()))  # noqa: E731
    elif name.startswith("lraspp"):
        forward = lambda batch: network.classifier(network.backbone(batch))  # noqa: E731
    else:
        forward = network
    reference.randomise(network, batches, sum(name.encode()), forward)
    if name.startswith("ssdlite"):
        with torch.no_grad():
            quieten(network, [forward(batch)["cls_logits"] for batch in batches])
    elif name.startswith("lraspp"):
        with torch.no_grad():
            calm(network, [forward(batch) for batch in batches])
    return network


def quieten(network, logits):
    """Raises the background's bias until there are CANDIDATES in an image."""
    logits = torch.cat(logits)

    def candidates(bias):
        shifted = logits.clone()
        shifted[..., 0] += bias
        return (shifted.softmax(-1)[..., 1:] > SCORE).sum().item() / len(logits)

    low, high = 0.0, 100.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if candidates(middle) > CANDIDATES else (low, middle)
    for block in network.head.classification_head.module_list:
        block[-1].bias.view(-1, logits.shape[-1])[:, 0] += high


def calm(network, logits):
    """Raises the background's bias until it has its share of the pixels."""
    logits = torch.cat(logits)
    margin = logits[:, 1:].amax(1) - logits[:, 0]
    network.classifier.low_classifier.bias[0] += margin.flatten().quantile(BACKGROUND)


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    imagenet = [torch.tensor(values).view(3, 1, 1) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))]
    for name, side, (mean, std) in (
        ("mobilenet_v3_large", 224, imagenet),
        ("lraspp_mobilenet_v3_large", 520, imagenet),
        ("ssdlite320_mobilenet_v3_large", 320, (0.5, 0.5)),
    ):
        with torch.no_grad():
            torch.save(make(name, side, mean, std).state_dict(), out / f"{name}.pth")


if __name__ == "__main__":
    main()
