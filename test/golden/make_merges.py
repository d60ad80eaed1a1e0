# Writes merges.json: what Hugging Face's tokenizers learns from words. Run: python3 test/golden/make_merges.py (needs tokenizers)
#
# Of pairs that are as frequent it takes that of the lowest ids, as we do. Its ids are those of the alphabet in the order of the
# code points: so each byte of UTF-8 is given to it as the character of that number, and ids are in the order of the bytes. The words
# are split here, by hand, so that nothing but learning is compared.
import json, pathlib, random

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

MERGES = 300
BETWEEN = "\u0100"  # stands for no byte
SYLLABLES = ["ka", "to", "the", "ing", "re", "an", "ö", "ß", "жи", "ло", "東", "京", "🙂", "e\u0301", "1", "20"]


def words():
    numbers = random.Random(5)
    draw = lambda: "".join(numbers.choice(SYLLABLES) for _ in range(numbers.randint(1, 5)))
    known = [draw() for _ in range(300)]
    return [" " + known[min(int(numbers.expovariate(0.02)), 299)] for _ in range(4000)] + ["aaaaaaa", "abababa", "aabaab"] * 3


def learn(all_words, least):
    as_characters = [word.encode().decode("latin-1") for word in all_words]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.CharDelimiterSplit(BETWEEN)
    alphabet = [chr(byte) for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=256 + MERGES, min_frequency=least, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([BETWEEN.join(as_characters)], trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [[list(part.encode("latin-1")) for part in merge] for merge in merges]


all_words = words()
counts = {word: all_words.count(word) for word in sorted(set(all_words))}
golden = {"words": counts, "merges": learn(all_words, 2), "frequent": learn(all_words, 40)}
assert len(golden["merges"]) == MERGES and len(golden["frequent"]) < MERGES
path = pathlib.Path(__file__).with_name("merges.json")
path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")
