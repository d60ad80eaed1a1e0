# Writes bert.json beside this file: what transformers' BertForMaskedLM computes in float64 for a small BERT whose weights are a
# formula. Run: python3 test/golden/make_bert.py (needs torch and transformers).
import json
import math
from pathlib import Path

import torch
from make import plain
from transformers import BertConfig, BertForMaskedLM

VOCAB, CONTEXT, WIDTH, HEADS, LAYERS = 17, 12, 8, 2, 2
IGNORED = -100


def formula(index, shape, mean):
    """Element i of parameter number `index`: a multiple of 1/256, exact in float32."""
    count = math.prod(shape)
    values = [round(256 * (mean + 0.3 * math.sin(0.7 * (index + 1) + 1.3 * (i + 1)))) / 256 for i in range(count)]
    return torch.tensor(values, dtype=torch.float64).view(shape)


def main():
    torch.set_num_threads(1)
    config = BertConfig(
        vocab_size=VOCAB, max_position_embeddings=CONTEXT, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        intermediate_size=4 * WIDTH, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        pad_token_id=None)  # token 0 is a token as any other
    model = BertForMaskedLM(config).double().eval()
    parameters = dict(sorted(model.named_parameters()))
    with torch.no_grad():
        for index, (name, parameter) in enumerate(parameters.items()):
            parameter.copy_(formula(index, parameter.shape, 1.0 if name.endswith('LayerNorm.weight') else 0.0))
    ids = torch.tensor([[(5 * b + 3 * t * t + t) % VOCAB for t in range(CONTEXT)] for b in range(3)])
    lengths = torch.tensor([CONTEXT, 7, 1])
    places = torch.tensor([0, 3, 11, CONTEXT + 2, CONTEXT + 6, 2 * CONTEXT])
    targets = torch.tensor([4, 0, 16, 9, 9, 2])
    labels = torch.full_like(ids, IGNORED)
    labels.view(-1)[places] = targets
    mask = (torch.arange(CONTEXT)[None] < lengths[:, None]).long()
    result = model(input_ids=ids, attention_mask=mask, labels=labels)
    result.loss.backward()
    content = dict(
        config=dict(arch='bert', vocabSize=VOCAB, mask=VOCAB - 1, layers=LAYERS, heads=HEADS, width=WIDTH, context=CONTEXT,
                    dropout=0, tokenTypes=2, wholeWords=False),
        ids=ids, lengths=lengths, places=places, targets=targets, logits=result.logits.view(-1, VOCAB)[places], loss=result.loss,
        gradients={name: parameter.grad for name, parameter in parameters.items()})
    lines = [f'{json.dumps(key)}:{json.dumps(plain(value), separators=(",", ":"))}' for key, value in content.items()]
    Path(__file__).with_name('bert.json').write_text('{\n' + ',\n'.join(lines) + '\n}\n')


if __name__ == '__main__':
    main()
