"""ultralytics' predictor of an exported file: it reads, letterboxes, runs onnxruntime and suppresses boxes.

    python ultralytics_predictor.py JOB.json
"""

import sys

import cv2
import onnxruntime
import torch
import ultralytics

from image_job import read_job, run_job, save_objects


def main():
    job = read_job(sys.argv[1])
    torch.set_num_threads(job["threads"])
    cv2.setNumThreads(job["threads"])
    model = ultralytics.YOLO(job["model"], task="detect")

    def process(path, stem):
        result = model.predict(path, conf=job["score"], max_det=job["max"], imgsz=320, verbose=False)[0]
        boxes = result.boxes
        height, width = result.orig_shape
        save_objects(path, (width, height), boxes.xyxy.tolist(), boxes.conf.tolist(), boxes.cls.tolist(), stem)
        return len(boxes)

    versions = {"ultralytics": ultralytics.__version__, "onnxruntime": onnxruntime.__version__, "torch": torch.__version__}
    run_job(job, process, versions)


if __name__ == "__main__":
    main()
