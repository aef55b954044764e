"""One COCO evaluation of boxes with pycocotools, faster-coco-eval or hotcoco.

    python coco_evaluators.py TOOL FOLDER
"""

import contextlib
import importlib.metadata
import io
import json
import resource
import sys
import time


def tools(name):
    if name == "hotcoco":
        from hotcoco import COCO, COCOeval

        return COCO, COCOeval
    if name == "faster-coco-eval":
        from faster_coco_eval import COCO, COCOeval_faster

        return COCO, COCOeval_faster
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    return COCO, COCOeval


def main():
    name, folder = sys.argv[1:]
    COCO, COCOeval = tools(name)
    times = [time.perf_counter()]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(f"{folder}/scale_gt.json")
        load = truth.load_res if name == "hotcoco" else truth.loadRes
        evaluation = COCOeval(truth, load(f"{folder}/scale_dt.json"), "bbox")
        times.append(time.perf_counter())
        evaluation.evaluate()
        evaluation.accumulate()
        times.append(time.perf_counter())
        evaluation.summarize()
    print(json.dumps({
        "seconds": {"read": times[1] - times[0], "evaluate": times[2] - times[1]},
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "found": float(evaluation.stats[0]),
        "versions": {name: importlib.metadata.version(name)},
    }))


if __name__ == "__main__":
    main()
