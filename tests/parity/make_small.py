"""Writes tests/fixtures/parity: narrow networks of every family with random weights, and what the references return.

    /tmp/torch-venv/bin/python tests/parity/make_small.py

The weights are stored in half precision, and the references run with what that leaves of them.
"""

import base64
import io
import json
import pathlib
import zipfile

import geffnet
import PIL
import PIL.Image
import safetensors.torch
import timm
import torch
import torchvision
from timm.models import efficientnet, mobilenetv3
from torchvision.models import detection, mnasnet, mobilenetv3 as tv_mobilenetv3, segmentation
from torchvision.models.detection import ssdlite
from torchvision.models.segmentation import deeplabv3, lraspp
from torchvision.transforms import InterpolationMode, functional
from torchvision.transforms._presets import ImageClassification

import reference_networks as reference

OUT = pathlib.Path(__file__).parents[1] / "fixtures" / "parity"

# Not square, and not a multiple of 32.
HEIGHT, WIDTH = 75, 99
WIDTH_MULTIPLIER = 0.1
# Where projects round differently below it.
WIDER_MULTIPLIER = 0.25
CLASSES = 4
MARGIN = 1e-4

PICTURE = reference.test_picture(WIDTH, HEIGHT)


def encoded(tensor, dtype=torch.float32):
    tensor = tensor.detach().to(dtype).contiguous()
    return {"shape": list(tensor.shape), "data": base64.b64encode(tensor.numpy().tobytes()).decode()}


def rounded(tensor):
    """Four significant bits, so that files become small when they are compressed."""
    mantissa, exponent = torch.frexp(tensor)
    return torch.ldexp((mantissa * 16).round() / 16, exponent)


def save_half(network, name, wrap=None):
    """Saves the weights in half precision and puts them back as they were saved.

    As a compressed checkpoint where `wrap` says what is in it, else as safetensors.
    """
    halves = {}
    for key, tensor in network.state_dict().items():
        halves[key] = rounded(tensor).half() if tensor.is_floating_point() else tensor
        tensor.copy_(halves[key])
    if wrap is None:
        path = OUT / f"{name}.safetensors"
        weights = {key: tensor for key, tensor in halves.items() if not key.endswith("num_batches_tracked")}
        safetensors.torch.save_file(weights, path)
        return path.name
    path = OUT / f"{name}.pth"
    buffer = io.BytesIO()
    torch.save(wrap(halves), buffer)
    with zipfile.ZipFile(buffer) as stored, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as deflated:
        for entry in stored.infolist():
            deflated.writestr(zipfile.ZipInfo(entry.filename), stored.read(entry), zipfile.ZIP_DEFLATED)
    return path.name


def classifiers():
    width, options = WIDTH_MULTIPLIER, {"num_classes": CLASSES}
    yield "mobilenet_v3_small", torchvision.models.mobilenet_v3_small(width_mult=width, **options)
    yield "mobilenet_v2", torchvision.models.mobilenet_v2(width_mult=width, **options)
    yield "mnasnet", mnasnet.MNASNet(width, **options)
    same = {"bn_eps": 1e-3, "pad_type": "same"}
    yield "timm_tf_mobilenetv3_small", mobilenetv3._gen_mobilenet_v3("tf_mobilenetv3_small_010", width, **same, **options)
    yield "timm_semnasnet", efficientnet._gen_mnasnet_a1("semnasnet_010", width, **options)
    if reference.has_d_li14():
        yield "d_li14", reference.d_li14_network("small", WIDER_MULTIPLIER, CLASSES)


def narrow_backbone(width=WIDTH_MULTIPLIER, **options):
    return tv_mobilenetv3._mobilenet_v3_conf("mobilenet_v3_large", width_mult=width, **options)


def ssdlite_network():
    from functools import partial

    norm_layer = partial(torch.nn.BatchNorm2d, eps=0.001, momentum=0.03)
    settings, last = narrow_backbone(WIDER_MULTIPLIER, reduced_tail=True)
    backbone = torchvision.models.MobileNetV3(settings, last, norm_layer=norm_layer)
    c4 = [i for i, block in enumerate(backbone.features) if getattr(block, "_is_cn", False)][-1]
    extractor = ssdlite.SSDLiteFeatureExtractorMobileNet(
        backbone.features, c4, norm_layer, width_mult=WIDER_MULTIPLIER
    )
    anchors = detection.anchor_utils.DefaultBoxGenerator([[2, 3]] * 6, min_ratio=0.2, max_ratio=0.95)
    size = (WIDTH, HEIGHT)
    channels = torchvision.models.detection._utils.retrieve_out_channels(extractor, size)
    head = ssdlite.SSDLiteHead(channels, anchors.num_anchors_per_location(), CLASSES + 1, norm_layer)
    return detection.ssd.SSD(
        extractor,
        anchors,
        size,
        CLASSES + 1,
        head=head,
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
        score_thresh=0.001,
        nms_thresh=0.55,
        detections_per_img=300,
        topk_candidates=300,
    )


def segmentation_networks():
    def backbone():
        settings, last = narrow_backbone(dilated=True)
        return torchvision.models.MobileNetV3(settings, last).features

    features = backbone()
    stages = [0] + [i for i, block in enumerate(features) if getattr(block, "_is_cn", False)] + [len(features) - 1]
    low, high = stages[-4], stages[-1]
    getter = torchvision.models._utils.IntermediateLayerGetter(features, {str(low): "low", str(high): "high"})
    head = lraspp.LRASPPHead(features[low].out_channels, features[high].out_channels, CLASSES, 16)
    yield "lraspp", lraspp.LRASPP.__new__(lraspp.LRASPP), getter, head

    features = backbone()
    getter = torchvision.models._utils.IntermediateLayerGetter(features, {str(high): "out", str(low): "aux"})
    head = torch.nn.Sequential(
        deeplabv3.ASPP(features[high].out_channels, [12, 24, 36], 16),
        torch.nn.Conv2d(16, 16, 3, padding=1, bias=False),
        torch.nn.BatchNorm2d(16),
        torch.nn.ReLU(),
        torch.nn.Conv2d(16, CLASSES, 1),
    )
    auxiliary = segmentation.fcn.FCNHead(features[low].out_channels, CLASSES)
    yield "deeplabv3", deeplabv3.DeepLabV3(getter, head, auxiliary), None, None


def fastseg_network():
    import fastseg.model.lraspp as module
    import fastseg.model.mobilenetv3 as trunks

    def trunk(pretrained=False, **options):
        return geffnet.mobilenetv3._gen_mobilenet_v3(
            "tf_mobilenetv3_small_010", WIDTH_MULTIPLIER, bn_eps=1e-3, pad_type="same", **options
        )

    body = trunks.MobileNetV3_Small(trunk)
    channels = [output.shape[1] for output in body.eval()(torch.zeros(1, 3, 64, 64))]
    module.get_trunk = lambda trunk_name: (body, *channels)
    return module.LRASPP(CLASSES, trunk="narrow", num_filters=16)


def masked(logits, size):
    """The best class of every pixel, 255 where the two best are closer than MARGIN."""
    full = torch.nn.functional.interpolate(logits, size, mode="bilinear", align_corners=False)
    best = full.topk(2, dim=1)
    mask = best.indices[:, 0].to(torch.uint8)
    mask[(best.values[:, 0] - best.values[:, 1]) < MARGIN] = 255
    return mask[0]


def preprocessing():
    """What Pillow and torchvision make of the image, and PyTorch of its floats."""
    picture = PIL.Image.fromarray(PICTURE.permute(1, 2, 0).numpy())
    cases = []
    for name, resize, filter, crop in [
        ("antialias", 40, InterpolationMode.BILINEAR, None),
        ("antialias", 110, InterpolationMode.BILINEAR, None),
        ("antialias", 50, InterpolationMode.BILINEAR, [41, 41]),
        ("antialias", 41, InterpolationMode.BILINEAR, [34, 40]),
        ("antialias-bicubic", 40, InterpolationMode.BICUBIC, [33, 33]),
        ("antialias-bicubic", 90, InterpolationMode.BICUBIC, None),
    ]:
        result = functional.resize(picture, resize, filter)
        height, width = result.height, result.width
        if crop:
            result = functional.center_crop(result, crop)
        pixels = functional.pil_to_tensor(result)
        cases.append({"resize": name, "size": [height, width], "crop": crop, "pixels": encoded(pixels, torch.uint8)})
    floats = torch.nn.functional.interpolate(PICTURE[None].float(), (32, 64), mode="bilinear", align_corners=False)
    cases.append({"resize": "bilinear", "size": [32, 64], "crop": None, "floats": encoded(floats[0])})
    return cases


def from_file(network, ssd):
    """What torchvision's own transforms and networks make of a JPEG."""
    path = OUT / "picture.jpg"
    PIL.Image.fromarray(reference.test_picture(180, 130).permute(1, 2, 0).numpy()).save(path, quality=90)
    image = PIL.Image.open(path).convert("RGB")
    with torch.no_grad():
        logits = network(ImageClassification(crop_size=64, resize_size=72)(image)[None])
        (found,) = ssd([functional.pil_to_tensor(image).float() / 255])
    return {
        "file": path.name,
        "resize": 72,
        "crop": 64,
        "logits": encoded(logits),
        "found": detections(found),
    }


def detections(found):
    return {
        "boxes": encoded(found["boxes"]),
        "scores": encoded(found["scores"]),
        "labels": encoded(found["labels"], torch.int32),
    }


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    picture = reference.normalised(PICTURE)
    batches = [reference.images(4, HEIGHT, WIDTH, seed) for seed in range(3)]
    networks = {}
    kept = {}

    for seed, (name, network) in enumerate(classifiers()):
        reference.randomise(network.eval(), batches, seed)
        # Training scripts save in such wrappers.
        wrap = lambda state: state
        if name == "mobilenet_v3_small":
            wrap = lambda state: {"model": {f"module.{key}": value for key, value in state.items()}, "epoch": 3}
        file = save_half(network, name, wrap)
        with torch.no_grad():
            networks[name] = {"file": file, "logits": encoded(network(picture))}
        kept[name] = network

    network = ssdlite_network()
    reference.randomise(network.eval(), batches, 100, lambda batch: network.head(list(network.backbone(batch).values())))
    file = save_half(network, "ssdlite", lambda state: state)
    with torch.no_grad():
        (found,) = network([PICTURE.float() / 255])
        features = list(network.backbone(reference.normalised(PICTURE, (0.5,) * 3, (0.5,) * 3)).values())
        raw = network.head(features)
    networks["ssdlite"] = {
        "file": file,
        "scores": encoded(raw["cls_logits"].softmax(2)),
        "codes": encoded(raw["bbox_regression"]),
        "found": detections(found),
    }
    file_reference = from_file(kept["mobilenet_v3_small"], network)
    print(len(found["boxes"]), "detections")

    for seed, (name, network, getter, head) in enumerate(segmentation_networks()):
        if getter:
            torch.nn.Module.__init__(network)
            network.backbone, network.classifier = getter, head

        def forward(batch):
            features = network.backbone(batch)
            if name == "lraspp":
                return network.classifier(features)
            network.aux_classifier(features["aux"])
            return network.classifier(features["out"])

        reference.randomise(network.eval(), batches, 200 + seed, forward)
        file = save_half(network, name, None if name == "lraspp" else lambda state: state)
        with torch.no_grad():
            logits = forward(picture)
        networks[name] = {"file": file, "logits": encoded(logits), "mask": encoded(masked(logits, (HEIGHT, WIDTH)), torch.uint8)}

    network = fastseg_network()
    side = 400
    big = reference.normalised(reference.test_picture(side, side))
    layers = {}
    network.last.register_forward_hook(lambda module, inputs, output: layers.update(logits=output))
    reference.randomise(network.eval(), [reference.images(2, side, side, seed) for seed in range(2)], 300)
    file = save_half(
        network, "fastseg",
        lambda state: {"state_dict": {f"module.{k}": v for k, v in state.items()}, "num_classes": CLASSES},
    )
    with torch.no_grad():
        full = network(big)
    # The logits at stride 2 are large; every 100th says enough.
    networks["fastseg"] = {
        "file": file,
        "side": side,
        "every": 100,
        "logits": encoded(layers["logits"].flatten()[::100]),
        "largest": float(layers["logits"].abs().max()),
        "differing": float((full.argmax(1) != masked(layers["logits"], (side, side))[None]).float().mean()),
    }

    source = f"torch {torch.__version__}, torchvision {torchvision.__version__}, timm {timm.__version__}, Pillow {PIL.__version__}"
    manifest = {
        "source": source,
        "height": HEIGHT,
        "width": WIDTH,
        "multiplier": WIDTH_MULTIPLIER,
        "wider": WIDER_MULTIPLIER,
        "classes": CLASSES,
        "networks": networks,
        "preprocessing": preprocessing(),
        "from_file": file_reference,
    }
    (OUT / "small.json").write_text(json.dumps(manifest, indent=1) + "\n")
    print(sum(path.stat().st_size for path in OUT.iterdir()), "bytes in", len(list(OUT.iterdir())), "files")
    for path in sorted(OUT.iterdir()):
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
