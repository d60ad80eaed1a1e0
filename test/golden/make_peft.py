# Writes peft/: adapters as Python's PEFT saves them, on the models of make_llama_hub.py and make_gpt2.py, and what it computes with
# each: logits, the merged model's, and the adapter's gradients of a loss. Run: python3 test/golden/make_peft.py (torch,
# transformers, peft)
import json
import shutil
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

HERE = Path(__file__).parent
IDS = [116, 104, 101, 32, 111, 108, 100, 257, 5, 260, 299, 0]
# Name, base, and the configuration beside.
ADAPTERS = [
    ('llama-all-linear', 'llama-hub/llama', dict(r=2, lora_alpha=6, target_modules='all-linear')),
    ('llama-regex', 'llama-hub/llama', dict(r=3, lora_alpha=4, target_modules=r'.*\.(1\.self_attn\.(k|v)|0\.mlp\.(gate|down))_proj')),
    ('qwen3-patterns', 'llama-hub/qwen3', dict(r=2, lora_alpha=6, target_modules=['q_proj', 'v_proj', 'o_proj', 'up_proj'], use_rslora=True,
                                               rank_pattern={'v_proj': 3, r'layers\.1\.mlp\.up_proj': 1},
                                               alpha_pattern={'o_proj': 10, '^model.layers.[0-1].self_attn.q_proj': 3})),
    ('qwen2-one-layer', 'llama-hub/qwen2', dict(r=1, lora_alpha=2, target_modules=['q_proj', 'k_proj'], layers_to_transform=[1])),
    ('gpt2', 'gpt2-tiny', dict(r=2, lora_alpha=5, target_modules=['c_attn', 'c_proj', 'c_fc'], fan_in_fan_out=True, lora_dropout=0.1)),
]


def numbers(tensor):
    return [float(f'{value:.8g}') for value in tensor.flatten().tolist()]


def base_of(folder):
    return AutoModelForCausalLM.from_pretrained(HERE / folder, dtype=torch.float32, attn_implementation='eager')


def main():
    print('torch', torch.__version__, 'transformers', transformers.__version__, 'peft', peft.__version__)
    for seed, (name, base, config) in enumerate(ADAPTERS):
        torch.manual_seed(seed)
        model = get_peft_model(base_of(base), LoraConfig(task_type='CAUSAL_LM', **config))
        model.peft_config['default'].base_model_name_or_path = base
        with torch.no_grad():
            for parameter_name, value in model.named_parameters():
                if 'lora_B' in parameter_name:
                    value.copy_(0.3 * torch.randn_like(value))
        folder = HERE / 'peft' / name
        shutil.rmtree(folder, ignore_errors=True)
        model.save_pretrained(folder)
        (folder / 'README.md').unlink()
        model.eval()  # no dropout
        ids = torch.tensor([IDS])
        output = model(ids, labels=ids)
        output.loss.backward()
        gradients = {key.replace('.default', ''): numbers(value.grad) for key, value in model.named_parameters() if value.grad is not None}
        logits = output.logits[0].detach()
        with torch.no_grad():
            merged = model.merge_and_unload()
            computed = merged(ids).logits[0]
        weights = {key: value.contiguous() for key, value in merged.state_dict().items() if key.endswith('_proj.weight') or '.c_' in key}
        save_file(weights, folder / 'merged.safetensors')
        print(name, 'merged differs by', float((computed - logits).abs().max() / logits.abs().max()))
        answer = dict(base=base, ids=IDS, logits=numbers(logits), loss=output.loss.item(), gradients=gradients)
        (folder / 'computed.json').write_text(json.dumps(answer) + '\n')


if __name__ == '__main__':
    main()
