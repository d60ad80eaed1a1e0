# Writes spans.json: the precision, recall and F1 of chunks that NLTK's ChunkScore counts, for random BIO labels.
# Run: python3 test/evaluation/spans.py (needs nltk; written with 3.10.3).
import json
import pathlib
import random

from nltk.chunk import ChunkScore, conlltags2tree

LABELS = ['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC']


def tree_of(ids):
    # An I that goes on with nothing begins a chunk, as in CoNLL's own count.
    return conlltags2tree([(str(i), 'x', LABELS[label]) for i, label in enumerate(ids)], strict=False)


def case(seed, share):
    rng = random.Random(seed)
    wanted = [[rng.randrange(len(LABELS)) for _ in range(rng.randrange(1, 9))] for _ in range(6)]
    written = [[label if rng.random() < share else rng.randrange(len(LABELS)) for label in ids] for ids in wanted]
    score = ChunkScore()
    for ours, theirs in zip(written, wanted):
        score.score(tree_of(theirs), tree_of(ours))
    return {'name': f'{share:.0%} of the labels kept, seed {seed}', 'wanted': wanted, 'written': written, 'f1': score.f_measure()}


cases = [case(seed, share) for seed in (1, 2, 3) for share in (0.0, 0.5, 0.9, 1.0)]
path = pathlib.Path(__file__).with_suffix('.json')
path.write_text(json.dumps({'labels': LABELS, 'cases': cases}, separators=(',', ':')) + '\n')
