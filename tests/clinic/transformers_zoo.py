"""Models of Transformers at their own start, from small configurations: nothing is fetched."""

import torch
from clinic.cases import CLASSES, Batch, F, Healthy, images, labels, on_logits, words
from clinic.vision import transformers

VOCABULARY, LENGTH, WIDTH = 100, 16, 128
SMALL = {"vocab_size": VOCABULARY, "num_labels": CLASSES}
USUAL = SMALL | {
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 2 * WIDTH,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
FUNNEL = SMALL | {
    "d_model": WIDTH,
    "n_head": 4,
    "d_head": 16,
    "d_inner": 2 * WIDTH,
    "block_sizes": [1, 1],
}
GROUPED = USUAL | {"num_key_value_heads": 2}
T5 = {
    "vocab_size": VOCABULARY,
    "d_model": WIDTH,
    "d_kv": 16,
    "d_ff": 2 * WIDTH,
    "num_layers": 2,
    "num_heads": 4,
}
BART = {
    "vocab_size": VOCABULARY,
    "d_model": WIDTH,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 2 * WIDTH,
    "decoder_ffn_dim": 2 * WIDTH,
    "max_position_embeddings": 64,
}
SEEING = USUAL | {"image_size": 32, "patch_size": 8}
SWIN = SMALL | {
    "image_size": 32,
    "patch_size": 2,
    "embed_dim": 32,
    "depths": [1, 1],
    "num_heads": [2, 4],
    "window_size": 4,
}
HEARING = USUAL | {
    "conv_dim": (32, 32, 32),
    "conv_stride": (5, 4, 4),
    "conv_kernel": (10, 8, 4),
    "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}

# Of those that read, by what they are asked for.
READERS = {  # one class for a text
    "bert": USUAL,
    "roberta": USUAL,
    "albert": USUAL | {"embedding_size": 32},
    "electra": USUAL | {"embedding_size": 32},
    "distilbert": USUAL | {"dim": WIDTH, "n_layers": 2, "n_heads": 4, "hidden_dim": 2 * WIDTH},
    "deberta-v2": USUAL,
    "deberta": USUAL,
    "mpnet": USUAL,
    "camembert": USUAL,
    "xlm-roberta": USUAL,
    "convbert": USUAL | {"embedding_size": 32},
    "squeezebert": USUAL | {"embedding_size": WIDTH},
    "mobilebert": USUAL | {"embedding_size": 32, "intra_bottleneck_size": 64},
    "roformer": USUAL,
    "layoutlm": USUAL,
    "big_bird": USUAL | {"attention_type": "original_full"},
    "longformer": USUAL | {"attention_window": 8},
    "nystromformer": USUAL | {"num_landmarks": 4, "segment_means_seq_len": LENGTH},
    "fnet": USUAL,
    "ibert": USUAL,
    "funnel": FUNNEL,
    "xlnet": {"d_model": WIDTH, "n_layer": 2, "n_head": 4, "d_inner": 2 * WIDTH} | SMALL,
    "modernbert": USUAL | {"global_attn_every_n_layers": 2, "local_attention": 8},
    "canine": USUAL
    | {"num_hash_buckets": 64, "local_transformer_stride": 8, "downsampling_rate": 4},
}
WRITERS = {  # the next word at every place
    "gpt2": USUAL | {"n_embd": WIDTH, "n_layer": 2, "n_head": 4, "n_positions": 64},
    "gpt_neo": USUAL
    | {"num_layers": 2, "num_heads": 4, "attention_types": [[["global", "local"], 1]]},
    "gpt_neox": USUAL,
    "gptj": USUAL | {"n_embd": WIDTH, "n_layer": 2, "n_head": 4, "rotary_dim": 8},
    "codegen": USUAL | {"n_embd": WIDTH, "n_layer": 2, "n_head": 4, "rotary_dim": 8},
    "gpt_bigcode": USUAL | {"n_embd": WIDTH, "n_layer": 2, "n_head": 4},
    "opt": USUAL | {"ffn_dim": 2 * WIDTH, "word_embed_proj_dim": WIDTH},
    "bloom": USUAL | {"n_layer": 2, "n_head": 4},
    "falcon": USUAL,
    "llama": GROUPED,
    "mistral": GROUPED,
    "mixtral": GROUPED | {"num_local_experts": 4},
    "qwen2": GROUPED,
    "qwen3": GROUPED | {"head_dim": 16},
    "gemma": GROUPED | {"head_dim": 16},
    "gemma2": GROUPED | {"head_dim": 16},
    "phi": GROUPED,
    "phi3": GROUPED,
    "olmo2": GROUPED,
    "stablelm": GROUPED,
    "starcoder2": GROUPED,
    "cohere": GROUPED,
    "granite": GROUPED,
    "openai-gpt": USUAL | {"n_embd": WIDTH, "n_layer": 2, "n_head": 4, "n_positions": 64},
    "ctrl": USUAL
    | {"n_embd": WIDTH, "n_layer": 2, "n_head": 4, "dff": 2 * WIDTH, "n_positions": 64},
    "mamba": USUAL | {"state_size": 8},
    "mamba2": USUAL
    | {"state_size": 8, "num_heads": 16, "head_dim": 16, "expand": 2, "n_groups": 1},
    "xglm": USUAL | {"d_model": WIDTH, "ffn_dim": 2 * WIDTH, "num_layers": 2, "attention_heads": 4},
    "biogpt": USUAL,
    "mpt": USUAL | {"d_model": WIDTH, "n_heads": 4, "n_layers": 2, "max_seq_len": 64},
}
TRANSLATORS = {
    "t5": T5,
    "mt5": T5,
    "umt5": T5,
    "longt5": T5,
    "switch_transformers": T5 | {"num_experts": 4},
    "bart": BART,
    "mbart": BART,
    "pegasus": BART,
    "blenderbot": BART,
    "marian": BART | {"decoder_vocab_size": VOCABULARY, "pad_token_id": 0},
}
VIEWERS = {  # one class for an image of 32 pixels
    "vit": SEEING,
    "beit": SEEING,
    "data2vec-vision": SEEING,
    "dinov2": SEEING,
    "swin": SWIN,
    "swinv2": SWIN,
    "convnext": {
        "hidden_sizes": [16, 32],
        "depths": [1, 1],
        "num_stages": 2,
        "num_labels": CLASSES,
    },
    "convnextv2": {
        "hidden_sizes": [16, 32],
        "depths": [1, 1],
        "num_stages": 2,
        "num_labels": CLASSES,
    },
    "resnet": {
        "embedding_size": 16,
        "hidden_sizes": [16, 32],
        "depths": [1, 1],
        "num_labels": CLASSES,
    },
    "regnet": {
        "embedding_size": 16,
        "hidden_sizes": [16, 32],
        "depths": [1, 1],
        "groups_width": 8,
        "num_labels": CLASSES,
    },
    "mobilenet_v2": {"image_size": 32, "num_labels": CLASSES},
    "poolformer": {"num_labels": CLASSES, "hidden_sizes": [16, 32, 32, 32], "depths": [1, 1, 1, 1]},
    "pvt_v2": {"num_labels": CLASSES, "image_size": 64},
    "segformer": {
        "num_labels": CLASSES,
        "hidden_sizes": [16, 32, 32, 32],
        "depths": [1, 1, 1, 1],
        "decoder_hidden_size": 32,
    },
    "bit": {
        "num_labels": CLASSES,
        "embedding_size": 16,
        "hidden_sizes": [32, 64],
        "depths": [1, 1],
        "num_groups": 8,
    },
    "focalnet": {
        "num_labels": CLASSES,
        "image_size": 32,
        "embed_dim": 16,
        "depths": [1, 1],
        "focal_levels": [2, 2],
        "focal_windows": [3, 3],
    },
}
LISTENERS = {
    "wav2vec2": HEARING,
    "hubert": HEARING,
    "wavlm": HEARING,
    "unispeech": HEARING,
    "data2vec-audio": HEARING,
}


def made(kind: str, task: str, settings: dict) -> torch.nn.Module:
    config = transformers.AutoConfig.for_model(kind, **settings)
    return getattr(transformers, f"AutoModelFor{task}").from_config(config)


def reader(kind: str) -> Batch:
    model = made(kind, "SequenceClassification", READERS[kind])
    return Batch(model, words(VOCABULARY, LENGTH), labels(), on_logits)


def writer(kind: str) -> Batch:
    X = words(VOCABULARY, LENGTH)
    model = made(kind, "CausalLM", WRITERS[kind])
    return Batch(model, {"input_ids": X}, X.roll(-1, 1), on_logits)


def translator(kind: str) -> Batch:
    X, y = words(VOCABULARY, LENGTH), words(VOCABULARY, 8)
    model = made(kind, "Seq2SeqLM", TRANSLATORS[kind])
    return Batch(model, {"input_ids": X, "decoder_input_ids": y}, y.roll(-1, 1), on_logits)


def viewer(kind: str) -> Batch:
    size = 64 if kind in ("pvt_v2", "segformer") else 32  # they shrink it 32 times
    model = made(kind, "ImageClassification", VIEWERS[kind])
    return Batch(model, images(size), labels(), on_logits)


def listener(kind: str) -> Batch:
    model = made(kind, "AudioClassification", LISTENERS[kind])
    return Batch(model, torch.randn(4, 4000), labels(4), on_logits)


def whisper() -> Batch:
    settings = BART | {"num_mel_bins": 16, "max_source_positions": 20, "max_target_positions": 32}
    config = transformers.WhisperConfig(**settings, pad_token_id=0)
    X, y = torch.randn(4, 16, 40), words(VOCABULARY, 8, 4)
    model = transformers.WhisperForConditionalGeneration(config)
    inputs = {"input_features": X, "decoder_input_ids": y}
    return Batch(model, inputs, y.roll(-1, 1), on_logits)


def clip() -> Batch:
    text = USUAL | {"eos_token_id": 2}
    config = transformers.CLIPConfig(text_config=text, vision_config=SEEING, projection_dim=32)
    inputs = {"input_ids": words(VOCABULARY, LENGTH), "pixel_values": images(32)}
    pairs = torch.arange(8)  # each text belongs to one of the images
    return Batch(
        transformers.CLIPModel(config),
        inputs,
        pairs,
        lambda output, y: F.cross_entropy(output["logits_per_text"], y),
    )


def bert_alone() -> Batch:
    """Without a task: a dict of several outputs, and a loss of the outputs alone."""
    model = transformers.BertModel(transformers.BertConfig(**USUAL))
    loss = lambda output: output["last_hidden_state"].square().mean()  # noqa: E731
    return Batch(model, words(VOCABULARY, LENGTH), None, loss)


def masked_bert() -> Batch:
    model = made("bert", "MaskedLM", USUAL)
    X = words(VOCABULARY, LENGTH)
    return Batch(model, X, X, on_logits)


def deit() -> Batch:
    """By name: AutoModel does not know which of its heads to take."""
    model = transformers.DeiTForImageClassification(transformers.DeiTConfig(**SEEING))
    return Batch(model, images(32), labels(), on_logits)


def perceiver() -> Batch:
    """Perceiver, which looks at what it is given with a few latents of its own."""
    config = transformers.PerceiverConfig(
        num_latents=8,
        d_latents=WIDTH,
        d_model=WIDTH,
        num_blocks=1,
        num_self_attends_per_block=2,
        num_self_attention_heads=4,
        num_cross_attention_heads=4,
        vocab_size=VOCABULARY,
        max_position_embeddings=LENGTH,
        num_labels=CLASSES,
    )
    model = transformers.PerceiverForSequenceClassification(config)
    return Batch(model, {"inputs": words(VOCABULARY, LENGTH)}, labels(), on_logits)


def case(name: str, make) -> Healthy:
    return Healthy(name, "Transformers", make)


KINDS = (
    (READERS, reader),
    (WRITERS, writer),
    (TRANSLATORS, translator),
    (VIEWERS, viewer),
    (LISTENERS, listener),
)
CASES = [
    *(
        case(kind, lambda kind=kind, make=make: make(kind))
        for kinds, make in KINDS
        for kind in kinds
    ),
    case("whisper", whisper),
    case("clip", clip),
    case("bert without a task", bert_alone),
    case("bert of masked words", masked_bert),
    case("deit", deit),
    case("perceiver", perceiver),
]
