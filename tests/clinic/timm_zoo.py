"""Models of timm at their own start: one that is small of each family."""

from clinic.cases import IMAGENET, Batch, Healthy, images, labels
from clinic.vision import timm

NAMES = (
    *("resnet10t", "resnet26d", "resnetv2_18", "seresnet18", "ecaresnet26t", "res2net50_14w_8s"),
    *("nf_resnet26", "nfnet_l0", "efficientnet_lite0", "tinynet_e", "ghostnet_050"),
    *("mobilenetv4_conv_small", "mobileone_s0", "repvgg_a0", "regnetz_005", "fbnetc_100"),
    *("hardcorenas_a", "convnext_atto", "convnextv2_atto", "edgenext_xx_small"),
    *("mobilevit_xxs", "fastvit_t8", "poolformer_s12", "mambaout_femto"),
    *("starnet_s1", "inception_next_atto", "hgnetv2_b0", "darknet53", "cspresnet50", "dla34"),
    *("lcnet_050", "rexnet_100", "repghostnet_050", "dpn48b", "selecsls42"),
)
# Those that want to know the size of the images.
SIZED = (
    *(
        "levit_128s",
        "efficientformerv2_s0",
        "vit_tiny_patch16_224",
        "deit_tiny_patch16_224",
        "deit3_small_patch16_224",
    ),
    *("cait_xxs24_224", "mixer_s32_224", "resmlp_12_224", "gmlp_ti16_224"),
    *("xcit_nano_12_p16_224", "eva02_tiny_patch14_224", "pit_ti_224"),
    *("tnt_s_patch16_224", "coatnet_pico_rw_224", "visformer_tiny"),
    *("swin_tiny_patch4_window7_224", "vit_tiny_r_s16_p8_224", "volo_d1_224", "sequencer2d_s"),
)


def classifier(name: str, **options) -> Batch:
    model = timm.create_model(name, pretrained=False, num_classes=IMAGENET, **options)
    return Batch(model, images(), labels())


CASES = [
    *(Healthy(name, "timm", lambda name=name: classifier(name)) for name in NAMES),
    *(Healthy(name, "timm", lambda name=name: classifier(name, img_size=64)) for name in SIZED),
]
