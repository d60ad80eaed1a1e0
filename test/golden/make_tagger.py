# Writes tagger.json: what PyTorch computes, in float64, for small taggers of every encoder and output layer. Each source is read
# alone, at its own length, as in make_seq2seq.py; a CRF's sum is over all sequences of labels that BIO allows, one by one.
# Run: python3 test/golden/make_tagger.py (needs torch)
import itertools

import torch
from torch.nn import functional as F

from make import plain, relative_error, write
from make_seq2seq import LENGTHS, SOURCES, Parameters, embed, encode, formula

LABELS = ['O', 'BX', 'IX', 'BY', 'IY']
SHARED = dict(arch='tagger', vocabSize=7, sourceVocabSize=9, labels=LABELS, bidirectional=True, layers=1, heads=2, width=8, context=8,
              dropout=0)
# One label a token; what stands in the padding is arbitrary. CTC's are shorter, and one needs a blank between equal ones.
TARGETS = torch.tensor([[0, 1, 2, 3, 6, 0], [1, 2, 2, 0, 3, 4], [0, 2, 2, 5, 1, 0]])
CTC_TARGETS = torch.tensor([[2, 2, 0], [1, 3, 3], [5, 1, 1]])
CTC_LENGTHS = torch.tensor([2, 3, 1])


def may_follow(before, label):
    return label[0] in 'OB' or (before is not None and before[0] in 'BI' and before[1:] == label[1:])


def allowed_sequences(length):
    for ids in itertools.product(range(len(LABELS)), repeat=length):
        names = [None] + [LABELS[i] for i in ids]
        if all(may_follow(*pair) for pair in itertools.pairwise(names)):
            yield list(ids)


def crf_nats(p, scores, target):
    K = scores.shape[1]
    transitions, start, end = p.use('crf.transitions', K, K), p.use('crf.start', K), p.use('crf.end', K)

    def weight(ids):
        ids = torch.tensor(ids)
        return (start[ids[..., 0]] + scores[torch.arange(len(scores)), ids].sum(-1) + transitions[ids[..., :-1], ids[..., 1:]].sum(-1)
                + end[ids[..., -1]])

    return weight(list(allowed_sequences(len(scores)))).logsumexp(0) - weight(target.tolist())


def nats_of(p, config, b, scores):
    """→ −ln p of the labels of source b, and how many there are"""
    length = LENGTHS[b]
    if config['head'] == 'ctc':
        log_probs, blank = scores.log_softmax(-1)[:, None], config['vocabSize']
        target = CTC_TARGETS[b][None, :CTC_LENGTHS[b]]
        nats = F.ctc_loss(log_probs, target, length[None], CTC_LENGTHS[b][None], blank=blank, reduction='sum')
        return nats, CTC_LENGTHS[b]
    target = TARGETS[b][:length]
    return crf_nats(p, scores, target) if config['head'] == 'crf' else F.cross_entropy(scores, target, reduction='sum'), length


def run(config, dtype=torch.float64):
    p = Parameters(dtype)
    outputs = config['vocabSize'] + (config['head'] == 'ctc')
    scores, nats, counts = [], 0, 0
    for b, (source, length) in enumerate(zip(SOURCES, LENGTHS)):
        states, _ = encode(p, config, embed(p, 'source', config['encoder'], config, config['sourceVocabSize'], source[:length]))
        scores.append(states[0] @ p.use('head.weight', outputs, config['width']).T + p.use('head.bias', outputs))
        more, count = nats_of(p, config, b, scores[-1])
        nats, counts = nats + more, counts + count
    loss = nats / counts
    gradients = torch.autograd.grad(loss, list(p.values()))
    summaries = {name: [float(gradient.flatten() @ formula(f'{name} direction', gradient.numel()).to(dtype)), float(gradient.norm())]
                 for name, gradient in sorted(zip(p, gradients))}
    return dict(scores=torch.cat(scores), loss=loss, gradients=summaries)


def case(encoder, head, **more):
    own = dict(encoder=encoder, head=head) | more
    truth, single = (run(SHARED | own, dtype) for dtype in (torch.float64, torch.float32))
    print(own, f"float32 against float64: scores {relative_error(single['scores'], truth['scores']):.1e}")
    return plain(dict(config=own) | truth)


def main():
    torch.set_num_threads(1)
    write('tagger', dict(
        shared=SHARED, lengths=LENGTHS, sources=SOURCES, targets=TARGETS, ctcTargets=CTC_TARGETS, ctcLengths=CTC_LENGTHS,
        cases=[case(encoder, head) for encoder in ('rnn', 'lstm', 'gru', 'cnn', 'transformer') for head in ('softmax', 'crf', 'ctc')]
        + [case('gru', 'crf', bidirectional=False, layers=2)]))


if __name__ == '__main__':
    main()
