"""Exports networks of Hugging Face's transformers with the files that it saves beside them, and writes what its own
processors make of photos: for exported_networks.ts.

    python exported_transformers.py OUT PHOTO...
    python exported_transformers.py --only mask OUT PHOTO...    those whose names have "mask"

Needs transformers (5.24.0 when docs/parity.md was written), torch, torchvision and onnx. The networks are small and random:
BatchNorm has the statistics of the photos, and last layers are wide enough that scores differ. Each is run with the
processors of both backends, torchvision's and Pillow's.
"""

import argparse
import base64
import json
import zlib
from pathlib import Path

import numpy as np
import torch
import transformers as t
from PIL import Image

LABELS = {index: f"thing {index}" for index in range(7)}
NAMES = {"id2label": LABELS, "label2id": {label: index for index, label in LABELS.items()}}
BACKBONE = {"embedding_size": 16, "hidden_sizes": [16, 24, 32, 48], "depths": [1, 1, 1, 1], "layer_type": "basic"}
ATTENTION = {
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "d_model": 32,
}


def mobilenet():
    model = t.MobileNetV2ForImageClassification(t.MobileNetV2Config(image_size=96, depth_multiplier=0.35, **NAMES))
    model.classifier.weight.data.normal_(0, 0.2)
    return model


def segformer():
    sizes = {"hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1], "num_attention_heads": [1, 1, 2, 2]}
    return t.SegformerForSemanticSegmentation(t.SegformerConfig(decoder_hidden_size=32, **sizes, **NAMES))


def rtdetr():
    backbone = t.RTDetrResNetConfig(out_features=["stage2", "stage3", "stage4"], **BACKBONE)
    encoder = {"encoder_in_channels": [24, 32, 48], "encoder_hidden_dim": 32, "decoder_in_channels": [32, 32, 32]}
    model = t.RTDetrForObjectDetection(
        t.RTDetrConfig(backbone_config=backbone, num_queries=30, decoder_layers=2, **encoder, **ATTENTION, **NAMES)
    )
    for layer in model.model.decoder.class_embed:
        layer.weight.data.normal_(0, 0.5)
        layer.bias.data.fill_(-0.5)
    return model


def detr():
    backbone = t.ResNetConfig(out_features=["stage4"], **BACKBONE)
    no_weights = {"use_timm_backbone": False, "use_pretrained_backbone": False, "backbone": None}
    layers = {"encoder_layers": 1, "decoder_layers": 1, "num_queries": 20}
    model = t.DetrForObjectDetection(
        t.DetrConfig(backbone_config=backbone, **no_weights, **layers, **ATTENTION, **NAMES)
    )
    model.class_labels_classifier.weight.data.normal_(0, 0.7)
    return model


def maskformer():
    backbone = t.ResNetConfig(out_features=["stage1", "stage2", "stage3", "stage4"], **BACKBONE)
    decoder = t.DetrConfig(decoder_layers=1, encoder_layers=1, num_queries=12, **ATTENTION)
    sizes = {"fpn_feature_size": 32, "mask_feature_size": 32}
    model = t.MaskFormerForInstanceSegmentation(
        t.MaskFormerConfig(backbone_config=backbone, decoder_config=decoder, **sizes, **NAMES)
    )
    # Queries that differ.
    model.class_predictor.weight.data.normal_(0, 0.4)
    module = model.model.transformer_module
    module.queries_embedder.weight.data.normal_(0, 3)
    for layer in [*module.decoder.modules(), *model.mask_embedder.modules()]:
        if isinstance(layer, torch.nn.Linear):
            layer.weight.data.normal_(0, 0.5)
    return model


def classified(result, image, processor):
    return {"scores": result.logits[0].softmax(0).tolist()}


def segmented(result, image, processor):
    labels = processor.post_process_semantic_segmentation(result, target_sizes=[(image.height, image.width)])[0]
    return {"labels": base64.b64encode(zlib.compress(labels.numpy().astype(np.uint8).tobytes())).decode()}


def detected(result, image, processor):
    sizes = [(image.height, image.width)]
    found = processor.post_process_object_detection(result, threshold=0.25, target_sizes=sizes)[0]
    return {name: found[name].tolist() for name in ("boxes", "scores", "labels")}


BOXES = ["logits", "pred_boxes"]
QUERIES = ["class_queries_logits", "masks_queries_logits"]
CASES = {
    # network, processor and its options, outputs, whether the export takes any size, how outputs are read
    "mobilenet_v2": (mobilenet, "MobileNetV2", {}, ["logits"], (224, 224), True, classified),
    "segformer": (segformer, "Segformer", {"size": {"height": 128, "width": 160}}, ["logits"], (96, 128), True, segmented),
    "maskformer": (maskformer, "MaskFormer", {"size": {"height": 128, "width": 160}}, QUERIES, (128, 160), False, segmented),
    "rt_detr": (rtdetr, "RTDetr", {"size": {"height": 320, "width": 320}}, BOXES, (320, 320), False, detected),
    "detr": (detr, "Detr", {"size": {"shortest_edge": 200, "longest_edge": 300}}, BOXES, (200, 264), True, detected),
}


class Outputs(torch.nn.Module):
    def __init__(self, network, names):
        super().__init__()
        self.network, self.names = network, names

    def forward(self, pixels):
        result = self.network(pixel_values=pixels)
        return tuple(getattr(result, name) for name in self.names)


def wake(network, photos):
    network.train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
    images = [np.array(Image.open(photo).convert("RGB").resize((320, 320))) for photo in photos[:4]]
    batch = torch.stack([torch.from_numpy(image).permute(2, 0, 1).float() / 127.5 - 1 for image in images])
    with torch.no_grad():
        network(pixel_values=batch)
    network.eval()


def export(folder, network, names, size, takes_any_size):
    axes = {"pixel_values": {2: "height", 3: "width"}} if takes_any_size else None
    torch.onnx.export(
        Outputs(network, names).eval(),
        (torch.rand(1, 3, *size),),
        str(folder / "model.onnx"),
        input_names=["pixel_values"],
        output_names=list(names),
        dynamic_axes=axes,
        dynamo=False,
        opset_version=17,
    )
    # Attention is exported in another form than it runs in.
    network.eval()


def main(out, photos, only):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    for name, (make, family, options, outputs, size, takes_any_size, read) in CASES.items():
        if only not in name:
            continue
        network = make()
        wake(network, photos)
        for backend, suffix in (("torchvision", ""), ("pillow", "Pil")):
            folder = out / f"{name}-{backend}"
            folder.mkdir(parents=True, exist_ok=True)
            processor = getattr(t, f"{family}ImageProcessor{suffix}")(**options)
            network.config.save_pretrained(folder)
            # It drops "Pil" from the type, so that who loads it chooses.
            processor.save_pretrained(folder)
            export(folder, network, outputs, size, takes_any_size)
            references = {}
            for photo in photos:
                image = Image.open(photo).convert("RGB")
                with torch.no_grad():
                    pixels = processor(images=image, return_tensors="pt")["pixel_values"]
                    result = network(pixel_values=pixels)
                references[photo] = {"input": list(pixels.shape[2:]), **read(result, image, processor)}
            (folder / "reference.json").write_text(json.dumps(references))


parser = argparse.ArgumentParser()
parser.add_argument("--only", default="")
parser.add_argument("out", type=Path)
parser.add_argument("photos", nargs="+")
arguments = parser.parse_args()
main(arguments.out, arguments.photos, arguments.only)
