"""torchvision on the processor: its own networks, transforms and post-processing, in inference mode.

    python torchvision_cpu.py JOB.json
"""

import sys

import torch
import torchvision
from torchvision.transforms._presets import SemanticSegmentation

from image_job import read_job, run_job, save_labels, save_objects


def main():
    job = read_job(sys.argv[1])
    torch.set_num_threads(job["threads"])
    detects = job["network"] == "ssdlite"
    if detects:
        limits = {"score_thresh": job["score"], "detections_per_img": job["max"]}
        network = torchvision.models.detection.ssdlite320_mobilenet_v3_large(
            weights=None, weights_backbone=None, **limits
        )
    else:
        network = torchvision.models.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None)
    network.load_state_dict(torch.load(job["model"]))
    network.eval().to(memory_format=torch.channels_last)
    prepare = SemanticSegmentation(resize_size=520)

    def segment(picture):
        # From the coarse logits to the picture's size at once: the network would go by way of its input's.
        features = network.backbone(prepare(picture)[None].contiguous(memory_format=torch.channels_last))
        logits = network.classifier(features)
        full = torch.nn.functional.interpolate(logits, picture.shape[1:], mode="bilinear", align_corners=False)
        return full.argmax(1)[0].to(torch.uint8)

    @torch.inference_mode()
    def process(path, stem):
        picture = torchvision.io.decode_image(path, mode=torchvision.io.ImageReadMode.RGB)
        if not detects:
            labels = segment(picture)
            save_labels(labels.numpy(), stem)
            return len(labels.unique())
        (found,) = network([picture.float() / 255])
        size = picture.shape[2], picture.shape[1]
        save_objects(path, size, found["boxes"].tolist(), found["scores"].tolist(), (found["labels"] - 1).tolist(), stem)
        return len(found["boxes"])

    run_job(job, process, {"torch": torch.__version__, "torchvision": torchvision.__version__})


if __name__ == "__main__":
    main()
