"""The reference networks of every architecture, built by the projects themselves and filled with random weights."""

import torch
import torchvision


def torchvision_network(name, **options):
    if name.startswith(("ssdlite", "lraspp", "deeplab")):
        options["weights_backbone"] = None
    if name.startswith("deeplab"):
        options["aux_loss"] = True
    return torchvision.models.get_model(name, weights=None, **options)


def timm_network(name, **options):
    import timm

    return timm.create_model(name, pretrained=False, **options)


def fastseg_network(size, filters, classes=19):
    import fastseg
    import fastseg.model.mobilenetv3 as trunks

    for trunk in (trunks.MobileNetV3_Large, trunks.MobileNetV3_Small):
        # The backbone is a default argument, which wants to download its weights.
        build = trunk.__init__.__defaults__[0]
        if not hasattr(build, "without_download"):
            def offline(pretrained=False, build=build, **kwargs):
                return build(pretrained=False, **kwargs)

            offline.without_download = True
            trunk.__init__.__defaults__ = (offline, False)
    network = fastseg.MobileV3Large if size == "large" else fastseg.MobileV3Small
    return network(classes, num_filters=filters)


TORCHVISION = [
    "mobilenet_v3_large",
    "mobilenet_v3_small",
    "mobilenet_v2",
    "mnasnet0_5",
    "mnasnet0_75",
    "mnasnet1_0",
    "mnasnet1_3",
    "ssdlite320_mobilenet_v3_large",
    "lraspp_mobilenet_v3_large",
    "deeplabv3_mobilenet_v3_large",
]

TIMM = [
    "mobilenetv3_large_075",
    "mobilenetv3_large_100",
    "mobilenetv3_small_050",
    "mobilenetv3_small_075",
    "mobilenetv3_small_100",
    "tf_mobilenetv3_large_075",
    "tf_mobilenetv3_large_100",
    "tf_mobilenetv3_large_minimal_100",
    "tf_mobilenetv3_small_075",
    "tf_mobilenetv3_small_100",
    "tf_mobilenetv3_small_minimal_100",
    "mobilenetv2_035",
    "mobilenetv2_050",
    "mobilenetv2_075",
    "mobilenetv2_100",
    "mobilenetv2_140",
    "mnasnet_050",
    "mnasnet_075",
    "mnasnet_100",
    "mnasnet_140",
    "semnasnet_050",
    "semnasnet_075",
    "semnasnet_100",
    "semnasnet_140",
    "mnasnet_small",
]

FASTSEG = [("large", 256), ("large", 128), ("small", 256), ("small", 128), ("small", 64)]

# d-li14's is no package: with the folder of its mobilenetv3.py in PYTHONPATH its networks are compared, too.
D_LI14 = [("large", 1.0), ("large", 0.75), ("small", 1.0), ("small", 0.75)]


def d_li14_network(size, width, classes=1000):
    import mobilenetv3

    build = mobilenetv3.mobilenetv3_large if size == "large" else mobilenetv3.mobilenetv3_small
    return build(width_mult=width, num_classes=classes)


def has_d_li14():
    try:
        import mobilenetv3  # noqa: F401

        return True
    except ImportError:
        return False


def all_networks():
    """Names as bneck has them, each with what builds the network."""
    for name in TORCHVISION:
        yield name, lambda name=name: torchvision_network(name)
    for name in TIMM:
        yield name, lambda name=name: timm_network(name)
    for size, filters in FASTSEG:
        yield f"fastseg-{size}-f{filters}", lambda size=size, filters=filters: fastseg_network(size, filters)
    if has_d_li14():
        for size, width in D_LI14:
            name = f"d-li14-mobilenetv3-{size}-{width if width != 1.0 else '1.0'}"
            yield name, lambda size=size, width=width: d_li14_network(size, width)


def other_widths():
    """Of every family that --arch takes at any width, one."""
    for name in ("mobilenet_v3_large", "mobilenet_v3_small", "mobilenet_v2", "ssdlite320_mobilenet_v3_large"):
        yield f"{name}-0.5", lambda name=name: torchvision_network(name, width_mult=0.5)


def last_norms_of_residuals(network):
    for block in network.modules():
        signs = ("use_res_connect", "apply_residual", "has_skip", "has_residual", "identity")
        if any(getattr(block, sign, False) is True for sign in signs):
            yield [module for module in block.modules() if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)][-1]


def randomise(network, batches, seed, forward=None):
    """Weights of He's variance, BatchNorm's parameters near 1 and 0, its statistics those of the batches.

    The statistics are what they are in a trained network, so features neither vanish nor grow along the network; and as
    in a trained network a residual branch adds little to what goes past it. (With as much, every block would double
    differences, and the last digit of one pixel would show in the first of the result.)
    """
    generator = torch.Generator().manual_seed(seed)

    def normal(tensor, deviation, mean=0.0):
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * deviation + mean)

    norms = [module for module in network.modules() if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
                normal(module.weight, (2.0 / module.weight[0].numel()) ** 0.5)
                if module.bias is not None:
                    normal(module.bias, 0.1)
        quiet = {id(norm) for norm in last_norms_of_residuals(network)}
        for norm in norms:
            normal(norm.weight, 0.05, 0.2) if id(norm) in quiet else normal(norm.weight, 0.1, 1.0)
            normal(norm.bias, 0.1)
            norm.reset_running_stats()
            norm.momentum = None  # the mean over all batches
            norm.train()
        for batch in batches:
            (forward or network)(batch)
    return network.eval()


def images(count, height, width, seed):
    """A batch of images as a normalised network sees them: smooth shapes and noise."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(count, 3, 6, 6, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic", align_corners=False)
    return smooth + 0.2 * torch.randn(count, 3, height, width, generator=generator)


def test_picture(width, height):
    """The image of tests/support/test_image.ts: [3, height, width], uint8."""
    picture = torch.zeros(3, height, width, dtype=torch.uint8)
    for y in range(height):
        for x in range(width):
            blob = 120 if (x - (width >> 1)) ** 2 + (y - (height >> 1)) ** 2 < (height >> 2) ** 2 else 0
            stripe = ((x >> 5) + (y >> 6)) % 3 * 30
            picture[0, y, x] = (x * 255 // width) ^ (blob >> 1)
            picture[1, y, x] = (y * 200 // height + stripe) & 255
            picture[2, y, x] = (blob + (x * y >> 9)) & 255
    return picture


def normalised(picture, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)):
    """[3, H, W] uint8 to [1, 3, H, W]."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (mean, std))
    return ((picture.float() / 255 - mean) / std)[None]
