# Writes tiny GPT-2 models as published ones lie on disk: safetensors in several forms, ONNX by torch.onnx, logits.
# Run: python3 test/golden/make_gpt2.py (needs only torch). Modules and names are those of Hugging Face's GPT-2.
import json
import math
import re
from pathlib import Path

import torch
from torch import nn

HERE = Path(__file__).parent
TEXT = ('the old dog sat by the door and the other dog sat by the old gate; then they both went to the garden, '
        'where nothing had been growing since the summer of the great storm.')
PROMPTS = ['the old dog', 'Café: they’d both…\n\n  gone?', 'garden 42 the the the']


class Conv1D(nn.Module):
    """A linear layer whose weight is (in, out)."""

    def __init__(self, inner, outer):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inner, outer) * 0.02)
        self.bias = nn.Parameter(torch.zeros(outer))

    def forward(self, x):
        y = torch.addmm(self.bias, x.view(-1, x.size(-1)), self.weight)
        return y.view(x.size()[:-1] + (self.bias.size(0),))


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, context = config['n_embd'], config['n_positions']
        self.heads = config['n_head']
        self.c_attn, self.c_proj = Conv1D(width, 3 * width), Conv1D(width, width)
        self.register_buffer('bias', torch.ones(1, 1, context, context).tril())

    def forward(self, x):
        batch, time, width = x.shape
        q, k, v = (part.view(batch, time, self.heads, width // self.heads).transpose(1, 2)
                   for part in self.c_attn(x).split(width, dim=2))
        scores = q @ k.transpose(2, 3) / math.sqrt(width // self.heads)  # (B, H, T, T)
        lowest = torch.full([], torch.finfo(scores.dtype).min, dtype=scores.dtype)
        scores = torch.where(self.bias[:, :, :time, :time] > 0, scores, lowest)
        mixed = scores.softmax(-1) @ v  # (B, H, T, C/H)
        return self.c_proj(mixed.transpose(1, 2).reshape(batch, time, width))


class GeluNew(nn.Module):
    def forward(self, x):
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * torch.pow(x, 3))))


class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        width = config['n_embd']
        self.c_fc, self.c_proj, self.act = Conv1D(width, 4 * width), Conv1D(4 * width, width), GeluNew()

    def forward(self, x):
        return self.c_proj(self.act(self.c_fc(x)))


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(config['n_embd']), nn.LayerNorm(config['n_embd'])
        self.attn, self.mlp = Attention(config), MLP(config)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.wte = nn.Embedding(config['vocab_size'], config['n_embd'])
        self.wpe = nn.Embedding(config['n_positions'], config['n_embd'])
        self.h = nn.ModuleList(Block(config) for _ in range(config['n_layer']))
        self.ln_f = nn.LayerNorm(config['n_embd'])

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.h:
            x = block(x)
        return self.ln_f(x)


class LanguageModel(nn.Module):
    """Hugging Face's GPT2LMHeadModel."""

    def __init__(self, config):
        super().__init__()
        self.transformer = Transformer(config)
        self.lm_head = nn.Linear(config['n_embd'], config['vocab_size'], bias=False)
        self.lm_head.weight = self.transformer.wte.weight

    def forward(self, ids):
        return self.lm_head(self.transformer(ids))


def lively(model):
    """Weights that move every number, and are exact in bfloat16 and in float16."""
    with torch.no_grad():
        for name, value in model.named_parameters():
            drawn = torch.randn(value.shape) * 0.3 + (name.endswith('weight') and '.ln_' in name)
            drawn = drawn.bfloat16().float()
            value.copy_(torch.where(drawn.abs() < 2 ** -10, torch.zeros(()), drawn))
    return model


# Tokens: GPT-2's byte-level BPE, learned from TEXT.

def symbols():
    """The printable character that stands for each byte, in the order of GPT-2's ids."""
    visible = [*range(0x21, 0x7f), *range(0xa1, 0xad), *range(0xae, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {byte: chr(byte) for byte in visible} | {byte: chr(256 + i) for i, byte in enumerate(hidden)}


SYMBOLS = symbols()


def words(text):
    """GPT-2's split, near enough for PROMPTS: re has no \\p{L}."""
    pattern = r"'(?:s|t|re|ve|m|ll|d)| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+"
    return [[SYMBOLS[byte] for byte in word.encode()] for word in re.findall(pattern, text)]


def merge(parts, pair):
    merged = []
    for part in parts:
        if merged and (merged[-1], part) == pair:
            merged[-1] += part
        else:
            merged.append(part)
    return merged


def learn_merges(count):
    merges, text = [], words(TEXT)
    for _ in range(count):
        pairs = [pair for word in text for pair in zip(word, word[1:])]
        merges.append(max(sorted(set(pairs)), key=pairs.count))
        text = [merge(word, merges[-1]) for word in text]
    return merges


def encode(text, vocab, merges):
    ids = []
    for word in words(text):
        for pair in merges:
            word = merge(word, pair)
        ids += [vocab[token] for token in word]
    return ids


def tokenizer_json(vocab, merges):
    special = dict(id=len(vocab) - 1, content='<|endoftext|>', special=True,
                   single_word=False, lstrip=False, rstrip=False, normalized=False)
    byte_level = dict(type='ByteLevel', add_prefix_space=False, trim_offsets=True, use_regex=True)
    model = dict(type='BPE', dropout=None, unk_token=None, continuing_subword_prefix='', end_of_word_suffix='',
                 fuse_unk=False, byte_fallback=False, vocab=vocab, merges=[' '.join(pair) for pair in merges])
    return dict(version='1.0', truncation=None, padding=None, added_tokens=[special], normalizer=None,
                pre_tokenizer=byte_level, post_processor=byte_level, decoder=byte_level, model=model)


# Files.

DTYPES = {torch.float32: 'F32', torch.float16: 'F16', torch.bfloat16: 'BF16'}


def write_safetensors(path, tensors):
    header, at = {'__metadata__': {'format': 'pt'}}, 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        header[name] = dict(dtype=DTYPES[tensor.dtype], shape=list(tensor.shape), data_offsets=[at, at + size])
        at += size
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(len(text).to_bytes(8, 'little') + text)
        for tensor in tensors.values():
            whole = tensor.detach().contiguous()
            file.write((whole if whole.dtype == torch.float32 else whole.view(torch.int16)).numpy().tobytes())


def write_shards(folder, tensors):
    names = list(tensors)
    files = {f'model-{i + 1:05}-of-00002.safetensors': part for i, part in enumerate((names[:9], names[9:]))}
    for file, part in files.items():
        write_safetensors(folder / file, {name: tensors[name] for name in part})
    index = dict(metadata={'total_size': sum(2 * tensor.numel() for tensor in tensors.values())},
                 weight_map={name: file for file, part in files.items() for name in part})
    write_json(folder / 'model.safetensors.index.json', index, indent=2)


def write_onnx(path, model, opset):
    path.parent.mkdir(parents=True, exist_ok=True)
    axes = {0: 'batch_size', 1: 'sequence_length'}
    torch.onnx.export(model, torch.zeros(1, 5, dtype=torch.long), path, opset_version=opset,
                      input_names=['input_ids'], output_names=['logits'],
                      dynamic_axes=dict(input_ids=axes, logits=axes))


def write_json(path, value, **form):
    path.write_text(json.dumps(value, ensure_ascii=False, **form) + '\n')


def config_of(**sizes):
    return dict(model_type='gpt2', architectures=['GPT2LMHeadModel'], activation_function='gelu_new',
                layer_norm_epsilon=1e-5, resid_pdrop=0.1, embd_pdrop=0.1, attn_pdrop=0.1, **sizes)


def make_tiny():
    """As a trained model is published."""
    folder = HERE / 'gpt2-tiny'
    merges = learn_merges(43)
    tokens = [*SYMBOLS.values(), *(''.join(pair) for pair in merges), '<|endoftext|>']
    vocab = {token: id for id, token in enumerate(tokens)}
    config = config_of(vocab_size=len(vocab), n_positions=32, n_embd=32, n_layer=2, n_head=4)
    model = lively(LanguageModel(config)).eval()
    write_onnx(folder / 'onnx/model.onnx', model, 13)
    write_json(folder / 'config.json', config, indent=2)
    write_json(folder / 'tokenizer.json', tokenizer_json(vocab, merges))
    state = {name: value for name, value in model.state_dict().items() if not name.endswith('.attn.bias')}
    # OpenAI's own files have no prefix, the masks, and no head.
    write_safetensors(folder / 'model.safetensors', model.transformer.state_dict())
    (folder / 'other').mkdir(exist_ok=True)
    write_safetensors(folder / 'other/f16.safetensors', {name: value.half() for name, value in state.items()})
    write_safetensors(folder / 'other/bf16.safetensors', {name: value.bfloat16() for name, value in state.items()})
    write_shards(folder / 'other', {name: value.half() for name, value in state.items()})
    write_json(folder / 'logits.json', [logits_of(model.double(), text, encode(text, vocab, merges)) for text in PROMPTS])


def logits_of(model, text, ids):
    """(T, V), in float64."""
    with torch.no_grad():
        logits = model(torch.tensor([ids]))[0]
    return dict(text=text, ids=ids, logits=[[float(f'{value:.8g}') for value in row] for row in logits.tolist()])


def make_fresh():
    """Untrained: torch.onnx keeps one of several equal tensors, and here all scales are equal, and all biases."""
    folder = HERE / 'gpt2-fresh'
    config = config_of(vocab_size=20, n_positions=8, n_embd=16, n_layer=2, n_head=2)
    model = LanguageModel(config).eval()
    write_onnx(folder / 'onnx/model.onnx', model, 17)
    write_json(folder / 'config.json', config, indent=2)
    write_safetensors(folder / 'model.safetensors', model.transformer.state_dict())


if __name__ == '__main__':
    torch.manual_seed(5)
    print('torch', torch.__version__)
    make_tiny()
    make_fresh()
