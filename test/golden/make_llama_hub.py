# Writes tiny models of the Llama family as Python's transformers saves them, with random weights, and what it computes with them:
# logits, and greedy tokens. They read the tokens of gpt2-tiny. Run: python3 test/golden/make_llama_hub.py (torch, transformers)
import json
import shutil
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM

HERE = Path(__file__).parent
SIZES = dict(vocab_size=300, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=64, initializer_range=0.3, bos_token_id=None, eos_token_id=None, pad_token_id=None)
LLAMA3 = dict(rope_type='llama3', rope_theta=500.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)
# Name, configuration, what its weights are saved in, and the most bytes of a file.
MODELS = [
    ('llama', dict(tie_word_embeddings=False, rope_parameters=LLAMA3), torch.float32, '1GB'),
    ('mistral', dict(sliding_window=None, tie_word_embeddings=True), torch.float16, '1GB'),
    ('qwen2', dict(tie_word_embeddings=True, rms_norm_eps=1e-6), torch.float32, '1GB'),
    ('qwen3', dict(tie_word_embeddings=True, head_dim=8, num_key_value_heads=1), torch.bfloat16, '10KB'),
    # Its window is shorter than its positions, and longer than what is computed here.
    ('gemma3_text', dict(head_dim=8, query_pre_attn_scalar=8, num_key_value_heads=1, sliding_window=48, sliding_window_pattern=2),
     torch.float32, '1GB'),
]
PROMPTS = [[116, 104, 101, 32, 111, 108, 100], [257, 5, 260, 299, 0, 31, 31, 31, 31, 130]]


def computed(model, ids):
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0]
        written = model.generate(torch.tensor([ids]), do_sample=False, max_new_tokens=30, attention_mask=torch.ones(1, len(ids)))
    return dict(ids=ids, logits=[[float(f'{value:.8g}') for value in row] for row in logits.tolist()], greedy=written[0].tolist()[len(ids):])


def main():
    print('torch', torch.__version__, 'transformers', transformers.__version__)
    for seed, (kind, changes, dtype, most) in enumerate(MODELS):
        torch.manual_seed(seed)
        folder = HERE / 'llama-hub' / kind
        shutil.rmtree(folder, ignore_errors=True)
        config = transformers.AutoConfig.for_model(kind, **SIZES | changes)
        model = AutoModelForCausalLM.from_config(config).to(dtype)
        with torch.no_grad():
            for name, value in model.named_parameters():
                if 'norm' in name:
                    value.copy_((0 if kind == 'gemma3_text' else 1) + 0.3 * torch.randn_like(value))
                elif name.endswith('bias'):
                    value.copy_(0.3 * torch.randn_like(value))
        model.save_pretrained(folder, max_shard_size=most)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation='eager')
        # Without an end of text generation goes on.
        model.generation_config.eos_token_id = None
        (folder / 'computed.json').write_text(json.dumps([computed(model, ids) for ids in PROMPTS]) + '\n')


if __name__ == '__main__':
    main()
