"""The usual pipeline of onnxruntime, Pillow and numpy: one process, one image after the other.

    python onnxruntime_python.py JOB.json
"""

import sys

import numpy as np
import onnxruntime
import PIL
import PIL.Image

from image_job import read_job, run_job, save_labels, save_objects

# Mean and scale of pixels in 0…255.
IMAGENET = (np.float32([123.675, 116.28, 103.53]), np.float32(1) / np.float32([58.395, 57.12, 57.375]))
SYMMETRIC = (np.float32(127.5), np.float32(1 / 127.5))


def nearest(length, step, offset=0):
    return offset + step * max(0 if offset else 1, int((length - offset) / step + 0.5))


def street_size(width, height):
    scale = 360 / min(width, height)
    return nearest(width * scale, 32), nearest(height * scale, 32, 8)


def everyday_size(width, height):
    scale = 352 / min(width, height)
    return nearest(width * scale, 32), nearest(height * scale, 32)


def centernet_size(width, height):
    scale = 512 / max(width, height)
    return nearest(width * scale, 32), nearest(height * scale, 32)


def lraspp_size(width, height):
    short = min(width, height)
    return 520 * width // short, 520 * height // short


# The size of the network's input for an image, and what its pixels are normalised with.
NETWORKS = {
    "street": (street_size, None),
    "everyday": (everyday_size, None),
    "centernet": (centernet_size, None),
    "lraspp": (lraspp_size, IMAGENET),
    "ssdlite": (lambda width, height: (320, 320), SYMMETRIC),
}


def resized(image, size, network):
    if network == "ssdlite":
        # torchvision's detectors resize without smoothing first.
        corners = (0, 0, *image.size)
        return image.transform(size, PIL.Image.Transform.EXTENT, corners, PIL.Image.Resampling.BILINEAR)
    return image.resize(size, PIL.Image.Resampling.BILINEAR)


def network_input(image, network):
    size_of, normalisation = NETWORKS[network]
    pixels = np.asarray(resized(image, size_of(*image.size), network), dtype=np.float32)
    if normalisation:
        mean, scale = normalisation
        pixels = (pixels - mean) * scale
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))[None]


def labels_of(logits, size):
    """The best class of every pixel of the image, from logits on a coarse grid."""
    planes = [PIL.Image.fromarray(plane).resize(size, PIL.Image.Resampling.BILINEAR) for plane in logits]
    best, labels = np.array(planes[0]), np.zeros((size[1], size[0]), dtype=np.uint8)
    for label, plane in enumerate(planes[1:], 1):
        values = np.asarray(plane)
        np.copyto(labels, label, where=values > best)
        np.maximum(best, values, out=best)
    return labels


def decode_centernet(heatmap, distances, size, input_size, score, most):
    """Peaks of the heat map: cells that no neighbour exceeds."""
    padded = np.pad(heatmap, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    classes, rows, columns = np.nonzero(heatmap >= np.float32(np.log(score / (1 - score))))
    values = heatmap[classes, rows, columns]
    peaks = np.ones(len(values), dtype=bool)
    for down in (0, 1, 2):
        for right in (0, 1, 2):
            peaks &= padded[classes, rows + down, columns + right] <= values
    classes, rows, columns, values = classes[peaks], rows[peaks], columns[peaks], values[peaks]
    best = np.argsort(-values, kind="stable")[:most]
    classes, rows, columns = classes[best], rows[best], columns[best]
    left, top, right, bottom = distances[:, rows, columns] * 16
    x, y = columns * 4, rows * 4
    boxes = np.stack([x - left, y - top, x + right, y + bottom], axis=1)
    boxes *= np.float32([size[0] / input_size[0], size[1] / input_size[1]] * 2)
    return boxes, 1 / (1 + np.exp(-values[best])), classes


def ssd_anchors():
    """torchvision's default boxes at 320×320: centre x, centre y, width, height in pixels."""
    scales = [0.2 + 0.75 * k / 5 for k in range(6)] + [1.0]
    anchors = []
    for k, cells in enumerate((20, 10, 5, 3, 2, 1)):
        shapes = [(scales[k], scales[k]), ((scales[k] * scales[k + 1]) ** 0.5,) * 2]
        for ratio in (2, 3):
            long, short = scales[k] * ratio ** 0.5, scales[k] / ratio ** 0.5
            shapes += [(long, short), (short, long)]
        for row in range(cells):
            for column in range(cells):
                for width, height in shapes:
                    anchors.append(((column + 0.5) / cells, (row + 0.5) / cells, min(width, 1), min(height, 1)))
    return np.float32(anchors) * 320


def suppress(boxes, scores, classes, iou, most):
    """Non-maximum suppression within each class; the indices that stay, best first."""
    order = np.argsort(-scores, kind="stable")
    shifted = boxes + (classes * 321)[:, None]
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = []
    while len(order) and len(kept) < most:
        first, rest = order[0], order[1:]
        kept.append(first)
        corner = np.minimum(shifted[first, 2:], shifted[rest, 2:]) - np.maximum(shifted[first, :2], shifted[rest, :2])
        overlap = np.prod(np.maximum(corner, 0), axis=1)
        order = rest[overlap <= iou * (areas[first] + areas[rest] - overlap)]
    return np.array(kept, dtype=int)


def decode_ssd(scores, codes, anchors, size, score, most):
    rows, labels = np.nonzero(scores[:, 1:] > score)
    found, codes, anchors = scores[rows, labels + 1], codes[rows], anchors[rows]
    centre = codes[:, :2] / 10 * anchors[:, 2:] + anchors[:, :2]
    half = np.exp(np.minimum(codes[:, 2:] / 5, np.float32(np.log(1000 / 16)))) * anchors[:, 2:] / 2
    boxes = np.clip(np.concatenate([centre - half, centre + half], axis=1), 0, 320)
    kept = suppress(boxes, found, labels, 0.55, most)
    return boxes[kept] * np.float32([size[0] / 320, size[1] / 320] * 2), found[kept], labels[kept]


def main():
    job = read_job(sys.argv[1])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job["threads"]
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(job["model"], options, providers=["CPUExecutionProvider"])
    network, score, most = job["network"], job["score"], job["max"]
    outputs = [output.name for output in session.get_outputs()]
    anchors = ssd_anchors() if network == "ssdlite" else None

    def process(path, stem):
        with PIL.Image.open(path) as file:
            image = file.convert("RGB")
        pixels = network_input(image, network)
        results = dict(zip(outputs, session.run(None, {"input": pixels})))
        if network in ("street", "everyday", "lraspp"):
            labels = labels_of(results["segment.logits"][0], image.size)
            save_labels(labels, stem)
            return len(np.unique(labels))
        if network == "centernet":
            input_size = pixels.shape[3], pixels.shape[2]
            heads = results["detect.heatmap"][0], results["detect.distances"][0]
            boxes, scores, classes = decode_centernet(*heads, image.size, input_size, score, most)
        else:
            heads = results["detect.scores"][0], results["detect.boxes"][0]
            boxes, scores, classes = decode_ssd(*heads, anchors, image.size, score, most)
        save_objects(path, image.size, boxes, scores, classes, stem)
        return len(boxes)

    versions = {"onnxruntime": onnxruntime.__version__, "Pillow": PIL.__version__, "numpy": np.__version__}
    run_job(job, process, versions)


if __name__ == "__main__":
    main()
