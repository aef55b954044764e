"""Scores label pictures with cityscapesScripts: IoU and iIoU of pairs listed in a JSON file.

    python cityscapes_scripts.py PAIRS.json
"""

import contextlib
import importlib.metadata
import io
import json
import pathlib
import resource
import sys
import time

from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as evaluation


def main():
    pairs = json.loads(pathlib.Path(sys.argv[1]).read_text())
    evaluation.args.quiet = True
    evaluation.args.JSONOutput = False
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        results = evaluation.evaluateImgLists(
            [pair["prediction"] for pair in pairs], [pair["labelIds"] for pair in pairs], evaluation.args
        )
    print(json.dumps({
        "seconds": {"score": time.perf_counter() - start},
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "found": results["averageScoreClasses"],
        "versions": {
            "cityscapesScripts": importlib.metadata.version("cityscapesScripts"),
            "numpy": importlib.metadata.version("numpy"),
        },
    }))


if __name__ == "__main__":
    main()
