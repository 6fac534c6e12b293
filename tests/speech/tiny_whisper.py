"""A Whisper model of random weights, made here: real files, real decoding, words that mean nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np

MELS, WIDTH, HEADS, FRAMES, LONGEST = 80, 32, 2, 1500, 448
LANGUAGES = ("en", "es", "fr")
WORDS = 40
_NEVER = -60.0


def tokens(multilingual: bool) -> list[str]:
    """Words first, then what the model is told with; times come last, as in Whisper."""
    symbols = ["-", "'", *(chr(code) for code in range(33, 127) if chr(code) not in "-'")]
    spoken = [f"Ġword{number}" for number in range(WORDS)]
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in LANGUAGES)]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    times = [f"<|{step * 0.02:.2f}|>" for step in range(FRAMES + 1)]
    # CTranslate2 knows a model for many languages by its empty token.
    return [*symbols, "Ġ", *spoken, *([""] if multilingual else []), *special, "<|notimestamps|>", *times]


def make(folder: Path, *, seed: int = 1, sharpness: float = 1.0, multilingual: bool = True) -> Path:
    """Write it. A larger `sharpness` makes it surer of its words, which are all it ever says."""
    from ctranslate2.specs import WhisperSpec
    from ctranslate2.specs.model_spec import OPTIONAL, visit_spec

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = tokens(multilingual)
    random = np.random.default_rng(seed)
    spec: Any = WhisperSpec(1, HEADS, 1, HEADS)

    def fill(part: Any, name: str, value: Any) -> None:
        shape = _shape(name, len(vocabulary))
        if shape is None or (value is not None and value != OPTIONAL):
            return
        scale = sharpness if "projection" in name else 0.3
        weights = random.normal(0.0, scale, shape).astype(np.float32)
        if name == "decoder/projection/bias":
            weights = np.array([0.0 if "word" in token or "endof" in token else _NEVER for token in vocabulary], "f")
        setattr(part, name.rsplit("/", 1)[-1], np.ones(shape, np.float32) if name.endswith("gamma") else weights)

    visit_spec(spec, fill)
    spec.register_vocabulary(vocabulary)
    spec.config.lang_ids = [vocabulary.index(f"<|{code}|>") for code in LANGUAGES]
    spec.config.suppress_ids_begin = [vocabulary.index("Ġ"), vocabulary.index("<|endoftext|>")]
    spec.config.suppress_ids = []
    spec.config.alignment_heads = [[0, 0]]
    spec.validate()
    spec.save(str(folder))
    _write_tokenizer(folder, vocabulary)
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": MELS}))
    return folder


def _shape(name: str, words: int) -> tuple[int, ...] | None:
    """Of a variable that has to be there."""
    last = name.rsplit("/", 1)[-1]
    if last in ("gamma", "beta"):
        return (WIDTH,)
    if name.endswith("position_encodings/encodings"):
        return (FRAMES if name.startswith("encoder") else LONGEST, WIDTH)
    if last not in ("weight", "bias"):
        return None
    rows, columns = WIDTH, WIDTH
    if "conv1" in name:
        return (WIDTH,) if last == "bias" else (WIDTH, MELS, 3)
    if "conv2" in name:
        return (WIDTH,) if last == "bias" else (WIDTH, WIDTH, 3)
    if "embeddings" in name or "projection" in name:
        rows = words
    elif "self_attention/linear_0" in name:
        rows = 3 * WIDTH
    elif "attention/linear_1" in name and "self" not in name:
        rows = 2 * WIDTH
    elif "ffn/linear_0" in name:
        rows = 4 * WIDTH
    elif "ffn/linear_1" in name:
        columns = 4 * WIDTH
    if last == "bias":
        return None if "embeddings" in name else (rows,)
    return (rows, columns)


def _write_tokenizer(folder: Path, vocabulary: list[str]) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    ids = {token: at for at, token in enumerate(vocabulary)}
    tokenizer: Any = Tokenizer(models.WordLevel(ids, unk_token="!"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in vocabulary if token.startswith("<|")])
    tokenizer.save(str(folder / "tokenizer.json"))
