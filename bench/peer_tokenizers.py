# Hugging Face's tokenizers beside ours. Run by tokenizers.mjs: encode <tokenizer.json> <text>, or learn <text> <size> <pattern>
import json, resource, sys, time

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers


def seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def encode(path, text_path):
    tokenizer = Tokenizer.from_file(path)
    text = open(text_path, encoding="utf-8", newline="").read()
    parts = text.split("\n\n")  # as documents: it keeps offsets, so that one long text would be slower
    begun = seconds()
    tokens = sum(len(encoding.ids) for encoding in tokenizer.encode_batch(parts))
    return {"seconds": seconds() - begun, "tokens": tokens}


def learn(text_path, size, pattern):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=int(size) - 1, min_frequency=2, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    begun, clock = seconds(), time.time()
    tokenizer.train([text_path], trainer)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": seconds() - begun, "wall": time.time() - clock, "peak": peak, "tokens": tokenizer.get_vocab_size() + 1}


verb, *words = sys.argv[1:]
print(json.dumps({"encode": encode, "learn": learn}[verb](*words)))
