#!/usr/bin/env python3
"""The training steps of `bench:fit` in PyTorch: told "step" on stdin, it runs one and answers with its milliseconds.

Forward pass, loss, gradients, clipping and AdamW of an LR-ASPP head and, with a tail, of the embedded backbone's last
three blocks, on the tensors of one safetensors file. After the first step it also answers with the loss and the largest
relative differences to the gradients in that file.
"""
import json
import sys
import time

import torch
import torch.nn.functional as F
from safetensors import safe_open

path, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
with safe_open(path, "pt") as file:
    setup = json.loads(file.metadata()["setup"])
    t = {name: file.get_tensor(name) for name in file.keys()}
p = {k[len("parameter."):]: v.clone().requires_grad_(k[len("parameter."):] in setup["learned"])
     for k, v in t.items() if k.startswith("parameter.")}
x = {k: v for k, v in t.items() if k.startswith("features.")}


def conv(name, v, stride=1, dilation=1, groups=1):
    w = p[name + ".weight"]
    pads = []
    for length, k in ((v.shape[3], w.shape[3]), (v.shape[2], w.shape[2])):
        total = max((-(-length // stride) - 1) * stride + (k - 1) * dilation + 1 - length, 0)
        pads += [total // 2, total - total // 2]
    if any(pads) and (pads[0] != pads[1] or pads[2] != pads[3]):
        v, pads = F.pad(v, pads), [0, 0, 0, 0]
    return F.conv2d(v, w, p.get(name + ".bias"), stride, (pads[2], pads[0]), dilation, groups)


def block(name, v, stride, dilation):
    y = F.hardswish(conv(name + ".expand", v))
    y = F.hardswish(conv(name + ".depthwise", y, stride, dilation, y.shape[1]))
    s = F.relu(conv(name + ".se.squeeze", y.mean((2, 3), keepdim=True)))
    y = conv(name + ".project", y * F.hardsigmoid(conv(name + ".se.excite", s)))
    return v + y if stride == 1 and v.shape[1] == y.shape[1] else y


def loss_of():
    high = x[setup["high"]]
    for name, stride, dilation in setup["blocks"]:
        high = block(name, high, stride, dilation)
    low = F.hardswish(conv(setup["low_expand"], x[setup["low"]]))
    y = conv("segment.reduce", high)
    y = F.batch_norm(y, None, None, p["segment.reduce.batch_norm.weight"], p["segment.reduce.batch_norm.bias"], True, 0.1, 1e-5)
    y = F.relu(y) * torch.sigmoid(conv("segment.gate", high.mean((2, 3), keepdim=True)))
    y = F.interpolate(conv("segment.high_classifier", y), size=low.shape[-2:], mode="bilinear", align_corners=False)
    y = y + conv("segment.low_classifier", low)
    y = torch.matmul(torch.matmul(t["rows"], y), t["columns"])
    return F.cross_entropy(y, t["labels"].long(), ignore_index=255)


learned = [p[name] for name in setup["learned"]]
optimizer = torch.optim.AdamW(learned, lr=1e-4)
first = True
for line in sys.stdin:
    start = time.perf_counter()
    loss = loss_of()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    answer = {"loss": loss.item()}
    if first:
        answer["error"] = max(((p[n].grad - t["gradient." + n]).abs().max() / t["gradient." + n].abs().max()).item()
                              for n in setup["learned"])
    torch.nn.utils.clip_grad_norm_(learned, 1.0)
    optimizer.step()
    answer["milliseconds"] = (time.perf_counter() - start) * 1e3
    first = False
    print(json.dumps(answer), flush=True)
