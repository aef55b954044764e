#!/usr/bin/env python3
"""Write tests/fixtures/parity/gradients.safetensors: a small network's loss and gradients as PyTorch computes them.

Two inverted residuals (one with stride 2 and TensorFlow's padding, one dilated), both with squeeze-and-excite and
h-swish and with BatchNorm folded, and an LR-ASPP head whose BatchNorm trains, under a weighted cross-entropy with
ignored pixels. Names are those of bneck's graph. Needs torch and safetensors.
"""
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(15)
torch.set_default_dtype(torch.float64)        # the reference is exact; bneck computes in float32
N, C, H, W, CLASSES, FILTERS = 2, 6, 13, 10, 5, 8
tensors, learned = {}, {}


def parameter(name, *shape, scale=0.3, around=0.0):
    value = (torch.randn(*shape) * scale + around).float().double().requires_grad_()
    learned[name] = value
    return value


def conv(name, x, out, kernel=1, stride=1, dilation=1, groups=1, same=False, bias=True):
    weight = parameter(f"{name}.weight", out, x.shape[1] // groups, kernel, kernel)
    b = parameter(f"{name}.bias", out) if bias else None
    pads = []
    for length in (x.shape[3], x.shape[2]):
        reach = (kernel - 1) * dilation
        total = max((-(-length // stride) - 1) * stride + reach + 1 - length, 0) if same else 2 * (reach // 2)
        pads += [total // 2, total - total // 2]
    return F.conv2d(F.pad(x, pads), weight, b, stride, 0, dilation, groups)


def block(name, x, expanded, out, kernel, stride, dilation, squeeze):
    y = F.hardswish(conv(f"{name}.expand", x, expanded))
    y = F.hardswish(conv(f"{name}.depthwise", y, expanded, kernel, stride, dilation, expanded, same=True))
    s = F.relu(conv(f"{name}.se.squeeze", y.mean((2, 3), keepdim=True), squeeze))
    y = y * F.hardsigmoid(conv(f"{name}.se.excite", s, expanded))
    y = conv(f"{name}.project", y, out)
    return x + y if stride == 1 and x.shape[1] == out else y


def head(high, low):
    x = conv("segment.reduce", high, FILTERS, bias=False)
    gamma = parameter("segment.reduce.batch_norm.weight", FILTERS, around=1.0)
    beta = parameter("segment.reduce.batch_norm.bias", FILTERS)
    x = F.relu(F.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-5))
    gate = conv("segment.gate", high.mean((2, 3), keepdim=True), FILTERS, bias=False)
    x = conv("segment.high_classifier", x * torch.sigmoid(gate), CLASSES)
    x = F.interpolate(x, size=low.shape[-2:], mode="bilinear", align_corners=False)
    return x + conv("segment.low_classifier", low, CLASSES)


x = torch.randn(N, C, H, W).float().double()
low = block("a", x, 12, C, 3, 1, 2, 4)
high = block("b", low, 16, 10, 5, 2, 1, 4)
logits = head(high, low)
labels = torch.randint(0, CLASSES + 1, (N, H, W))
weights = torch.tensor([1, 0.5, 2, 0.25, 1.5])
loss = F.cross_entropy(logits, labels.where(labels < CLASSES, -1), weights, ignore_index=-1)
loss.backward()

for name, value in learned.items():
    tensors[name] = value.detach().float()
    tensors[f"gradient.{name}"] = value.grad.float()
tensors["x"] = x.float()
tensors["labels"] = labels.where(labels < CLASSES, 255).to(torch.uint8)
tensors["class_weights"] = weights.float()
tensors["loss"] = loss.detach().float()
out = Path(sys.argv[1] if len(sys.argv) > 1 else "tests/fixtures/parity/gradients.safetensors")
save_file({k: v.contiguous() for k, v in tensors.items()}, out, {"torch": torch.__version__})
print(f"{out}: loss {loss.item():.6f}, {len(learned)} gradients")
