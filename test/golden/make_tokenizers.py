"""Small tokenizers of every shape that models of the Llama family have, and what Hugging Face's `tokenizers` makes of texts.

Run: python3 test/golden/make_tokenizers.py (tokenizers 0.23.2). It writes test/golden/tokenizers/<shape>.json, each a
tokenizer.json with its texts, their ids and what these decode to.
"""

import json
import os
from collections import Counter

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FOLDER = os.path.join(os.path.dirname(__file__), "tokenizers")
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace("{1,3}", "")
# DeepSeek's, which tsgpt has no name for.
OTHER = r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

TEXTS = [
    "",
    " ",
    "Hello, world! It’s 12345 o’clock; they'll say I'VE won't.",
    "the cat that sat on the mat, the rat that ate the cat",
    "family 👨‍👩‍👧‍👦 flag 🏴󠁧󠁢󠁳󠁣󠁴󠁿 skin 👍🏽🏳️‍🌈",
    "e\u0301 ñ n\u0303 Å a\u0323\u0307 Z͑ͫ̓a̴͝l̕g҉o ﬁ ²",
    "日本語のテキスト、漢字とかな。中文 한국어 조합 \u1112\u1161\u11ab",
    "ไทย हिन्दी العربية עִבְרִית ქართული Ελληνικά",
    "a  b   c    d     e                          f ",
    "\t\ttab\t \tmix\t  ",
    "one\ntwo\r\nthree\rfour\u2028five\u2029six\u0085seven\u0085\u0085\n\n\n\r\n\r\n  end\n ",
    "nbsp\u00a0\u00a0x\u3000y\u200bz\u202fw\u180ev",
    "\ufeffBOM first\ufeff and \ufeff\ufeff inside",
    "zero\u0000byte \u0001\u007f\u009f",
    "function f(x) {\n    return x ** 2; // ¼ ² Ⅷ ₃\n}\n",
    "𝒜𝓵𝓰𝓮𝓫𝓻𝓪 𐍈",
    "aaaaaaaaaaaaaaaa bbbbbbb    1111111111",
    "▁ ▁▁x <0x0A> <unk>",
    "<s>the cat</s> sat <|endoftext|>on<|im_start|>user\nhi<|im_end|>\n",
    "think <think> of it </think>  the <mask>  mat, a <mask>, xwordx word <word>",
    "  <|end|>  ",
    "<|end|><|end|> the\n\n\n▁▁▁cat",
]
LEARN = TEXTS[1:17] * 3


def byte_level(size, pre):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(LEARN, trainer)
    return tokenizer


def most_common(tokenizer, count):
    """Of characters as common as one another the first in Unicode: the trainer's own choice changes from run to run. Without the
    zero byte, which no token of llama.cpp's can hold."""
    counts = Counter()
    for text in LEARN:
        normal = tokenizer.normalizer.normalize_str(text) if tokenizer.normalizer else text
        pieces = tokenizer.pre_tokenizer.pre_tokenize_str(normal) if tokenizer.pre_tokenizer else [(normal, None)]
        counts.update(character for piece, _ in pieces for character in piece if character != "\0")
    return sorted(counts, key=lambda character: (-counts[character], character))[:count]


def of_characters(size, normalizer, pre, decoder):
    """Bytes have the ids 3 to 258, as in Llama 2; a character that the learning left out is written as bytes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizer
    if pre is not None:
        tokenizer.pre_tokenizer = pre
    alphabet = most_common(tokenizer, 60)
    trainer = trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=alphabet, limit_alphabet=len(alphabet)
    )
    tokenizer.train_from_iterator(LEARN, trainer)
    learned = json.loads(tokenizer.to_str())
    first = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    tokens = first + sorted(learned["model"]["vocab"], key=learned["model"]["vocab"].get)
    learned["model"].update(
        vocab={token: i for i, token in enumerate(tokens)}, byte_fallback=True, fuse_unk=True, unk_token="<unk>"
    )
    tokenizer = Tokenizer.from_str(json.dumps(learned))
    tokenizer.decoder = decoder
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return tokenizer


def with_bos(tokenizer, bos, *others):
    template = processors.TemplateProcessing(
        single=f"{bos} $A", special_tokens=[(bos, tokenizer.token_to_id(bos))]
    )
    tokenizer.post_processor = processors.Sequence([*others, template]) if others else template
    return tokenizer


def bytes_without_split():
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)


def split_then_bytes(pattern, behavior="isolated", invert=False):
    split = pre_tokenizers.Split(Regex(pattern), behavior, invert)
    return pre_tokenizers.Sequence([split, bytes_without_split()])


def smollm():
    pre = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer = byte_level(380, pre)
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    return tokenizer


def llama3():
    """All pairs of tokens that form one are merges, in the order of its id, as the script that converts tiktoken's makes them."""
    tokenizer = byte_level(380, split_then_bytes(LLAMA3))
    learned = json.loads(tokenizer.to_str())
    vocab = learned["model"]["vocab"]
    vocab["unreached"] = len(vocab)  # a word that no merges lead to
    merges = [
        (ids, left, right)
        for token, ids in vocab.items()
        for left, right in sorted(
            ((token[:at], token[at:]) for at in range(1, len(token))),
            key=lambda pair: (vocab.get(pair[0], 0), vocab.get(pair[1], 0)),
        )
        if left in vocab and right in vocab
    ]
    learned["model"].update(
        ignore_merges=True, merges=[[left, right] for _, left, right in sorted(merges, key=lambda merge: merge[0])]
    )
    tokenizer = Tokenizer.from_str(json.dumps(learned))
    tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end|>"])
    return with_bos(tokenizer, "<|begin_of_text|>", processors.ByteLevel(trim_offsets=True))


def qwen():
    tokenizer = byte_level(380, split_then_bytes(QWEN2))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.add_tokens([AddedToken("<think>", normalized=False), AddedToken("</think>", normalized=False)])
    return tokenizer


def llama2():
    tokenizer = of_characters(
        200,
        normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
        None,
        decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        ),
    )
    return with_bos(tokenizer, "<s>")


def gemma():
    tokenizer = of_characters(
        200,
        normalizers.Replace(" ", "▁"),
        pre_tokenizers.Split(" ", "merged_with_previous"),
        decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]),
    )
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in ["\n\n", "▁▁", "▁▁▁"]])
    return with_bos(tokenizer, "<s>")


def mistral():
    return with_bos(
        of_characters(
            200,
            None,
            pre_tokenizers.Metaspace(prepend_scheme="first", split=False),
            decoders.Sequence(
                [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
            ),
        ),
        "<s>",
    )


def metaspace():
    return of_characters(
        200,
        normalizers.NFKC(),
        pre_tokenizers.Metaspace(prepend_scheme="always", split=True),
        decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()]),
    )


def prefixed():
    """RoBERTa's kind; its merges are in an order that its ids are not."""
    tokenizer = byte_level(330, pre_tokenizers.ByteLevel(add_prefix_space=True))
    learned = json.loads(tokenizer.to_str())
    vocab = learned["model"]["vocab"]
    ids = sorted(vocab.values())
    learned["model"]["vocab"] = {token: ids[-1 - i] for token, i in vocab.items()}
    tokenizer = Tokenizer.from_str(json.dumps(learned))
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True), "<s>", "</s>"])
    return with_bos(tokenizer, "<s>")


def other():
    """Everything else: a pattern without a name, added tokens of every kind, text that is folded."""
    tokenizer = byte_level(340, split_then_bytes(OTHER))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex(r"[‘’]|\p{Han}+"), "'")]
    )
    tokenizer.add_tokens(
        [
            AddedToken("<think>", rstrip=True, normalized=False),
            AddedToken("<mask>", lstrip=True, rstrip=True, normalized=False),
            AddedToken("word", single_word=True, normalized=False),
            AddedToken("hello", normalized=True),
        ]
    )
    tokenizer.add_special_tokens([AddedToken("<|end|>", lstrip=True), "<|endoftext|>"])
    return tokenizer


def some_bytes(**model):
    """SmolLM2's kind: a byte that the learning did not meet has no token. Without one for the unknown it is left out before
    merging, so that in "It’s" the t and the s are neighbours."""

    def make():
        tokenizer = Tokenizer(models.BPE(**model))
        tokenizer.pre_tokenizer = bytes_without_split()
        tokenizer.decoder = decoders.ByteLevel()
        special = [model["unk_token"]] if model else []
        trainer = trainers.BpeTrainer(vocab_size=100, show_progress=False, special_tokens=special)
        tokenizer.train_from_iterator(["its", "ts", "ts", "the cats sat on mats", "the rats ate", "they'll say"], trainer)
        ids = tokenizer.encode("t’s").ids
        assert (ids == tokenizer.encode("ts").ids) == (not model)
        assert len(tokenizer.encode("ts").ids) == 1
        return tokenizer

    return make


def behaviors(behavior, invert=False):
    return lambda: byte_level(330, split_then_bytes(r"[aeiou]+|\s", behavior, invert))


SHAPES = {
    "smollm": smollm,
    "llama3": llama3,
    "qwen": qwen,
    "llama2": llama2,
    "gemma": gemma,
    "mistral": mistral,
    "metaspace": metaspace,
    "prefixed": prefixed,
    "other": other,
    "bytes-left-out": some_bytes(),
    "bytes-unknown": some_bytes(unk_token="<unk>"),
    "bytes-unknown-fused": some_bytes(unk_token="<unk>", fuse_unk=True),
    "isolated": behaviors("isolated"),
    "contiguous": behaviors("contiguous"),
    "merged-with-next": behaviors("merged_with_next"),
    "merged-with-previous": behaviors("merged_with_previous", True),
    "removed": behaviors("removed"),
}


def golden(tokenizer):
    made = json.loads(tokenizer.to_str())
    cases = []
    for text in TEXTS:
        tokenizer.encode_special_tokens = False
        whole = tokenizer.encode(text).ids
        tokenizer.encode_special_tokens = True
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        cases.append({"text": text, "ids": ids, "withSpecials": whole, "decoded": tokenizer.decode(ids, skip_special_tokens=False)})
    return {"tokenizer": made, "cases": cases}


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    for name, make in SHAPES.items():
        with open(os.path.join(FOLDER, f"{name}.json"), "w", encoding="utf-8") as file:
            json.dump(golden(make()), file, ensure_ascii=True, separators=(",", ":"))
            file.write("\n")
