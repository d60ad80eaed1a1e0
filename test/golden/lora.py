# Writes lora.json: what PyTorch computes, in float64, for a small GPT-2 with LoRA on every linear layer, in the form of
# the paper, x·W + b + alpha/rank · (x·Aᵀ)·Bᵀ, with B not zero. Run: python3 test/golden/lora.py (needs only torch).
import torch

import make

RANK, ALPHA = 3, 7.0


def main():
    source = make.Source(5)
    config = dict(arch='gpt', vocabSize=make.VOCAB, context=make.CONTEXT, layers=2, width=12, dropout=0, heads=3)
    parameters = make.gpt_parameters(source, config)
    adapter = {}
    for name, weight in parameters.items():
        if '.c_' in name and name.endswith('weight'):
            inputs, outputs = weight.shape
            module = name.removesuffix('.weight')
            adapter[f'{module}.lora_A.weight'] = source.normal(RANK, inputs).requires_grad_()
            adapter[f'{module}.lora_B.weight'] = source.normal(outputs, RANK).requires_grad_()

    plain = make.conv1d

    def with_lora(x, p, name):
        down, up = adapter[f'{name}.lora_A.weight'], adapter[f'{name}.lora_B.weight']
        return plain(x, p, name) + ALPHA / RANK * (x @ down.T) @ up.T

    make.conv1d = with_lora
    tokens, targets = source.batch(ignored=4)
    logits = make.gpt_logits(parameters, config, tokens)
    loss = make.mean_loss(logits, targets)
    gradients = dict(zip(adapter, torch.autograd.grad(loss, list(adapter.values()))))
    make.write('lora', dict(config=config, rank=RANK, alpha=ALPHA, tokens=tokens, targets=targets, parameters=parameters,
                            adapter=adapter, logits=logits, loss=loss, gradients=gradients))


if __name__ == '__main__':
    main()
