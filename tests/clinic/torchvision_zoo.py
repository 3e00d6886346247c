"""Models of torchvision at their own start, for images of 64 pixels."""

import torch
from clinic.cases import IMAGENET, Batch, F, Healthy, images, labels
from clinic.vision import torchvision

NAMES = (
    *("resnet18", "resnet34", "resnet50", "resnext50_32x4d", "densenet121"),
    *("mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0"),
    *("convnext_tiny", "alexnet", "squeezenet1_1", "regnet_x_400mf"),
    *("regnet_y_400mf", "shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "mnasnet0_5"),
    *("vgg11_bn", "swin_t", "swin_v2_t"),
)
ALONE = {"aux_logits": False, "init_weights": True}


def classifier(name: str, size: int = 64, **options) -> Batch:
    options = {"num_classes": IMAGENET} | options
    return Batch(torchvision.models.get_model(name, **options), images(size), labels())


def small_vit() -> Batch:
    model = torchvision.models.VisionTransformer(32, 4, 4, 4, 64, 128, num_classes=IMAGENET)
    return Batch(model, images(32), labels())


def small_maxvit() -> Batch:
    model = torchvision.models.MaxVit(
        (64, 64), 16, 4, [16, 32], [1, 1], 8, 0.1, num_classes=IMAGENET
    )
    return Batch(model, images(), labels())


def googlenet() -> Batch:
    """With the classifiers at its side."""
    options = {"num_classes": IMAGENET, "aux_logits": True, "init_weights": True}
    model = torchvision.models.googlenet(**options)

    def loss(output, y):
        return sum(F.cross_entropy(z, y) for z in output if z is not None)

    return Batch(model, images(), labels(), loss)


def segmentation(name: str) -> Batch:
    options = {"weights_backbone": None, "num_classes": 21}
    model = torchvision.models.get_model(name, **options)
    y = torch.randint(21, (4, 64, 64))
    return Batch(model, images(samples=4), y, lambda output, y: F.cross_entropy(output["out"], y))


def video(name: str) -> Batch:
    model = torchvision.models.get_model(name)
    return Batch(model, torch.randn(4, 3, 4, 32, 32), labels(4))


def case(name: str, make) -> Healthy:
    return Healthy(name, "torchvision", make)


CASES = [
    *(case(name, lambda name=name: classifier(name)) for name in NAMES),
    case("vit (small)", small_vit),
    case("maxvit (small)", small_maxvit),
    case("googlenet", googlenet),
    case("googlenet alone", lambda: classifier("googlenet", **ALONE)),
    case("inception_v3 alone", lambda: classifier("inception_v3", 96, **ALONE)),
    *(
        case(name, lambda name=name: segmentation(name))
        for name in ("fcn_resnet50", "deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large")
    ),
    *(case(name, lambda name=name: video(name)) for name in ("r3d_18", "r2plus1d_18")),
]
