"""What llama.cpp's own Python package makes of values in each dtype, and of a whole small file.

Run: python3 test/golden/make_gguf.py (gguf 0.19.0). It writes test/golden/gguf.json.
"""

import base64
import json
import os
import tempfile

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type

HERE = os.path.dirname(__file__)
COLUMNS = 64


def values():
    """Rows of ordinary sizes, ties, zeros, one large value, and values so small that their scale is no float16."""
    random = np.random.default_rng(1)
    rows = [random.normal(size=COLUMNS) * 10.0**power for power in (-3, -1, 0, 2)]
    rows += [random.integers(-8, 9, COLUMNS) / 2, random.integers(-254, 255, COLUMNS) / 2, np.zeros(COLUMNS)]
    rows += [np.where(np.arange(COLUMNS) == 40, -3000.0, random.normal(size=COLUMNS))]
    rows += [random.normal(size=COLUMNS) * 1e-7, -np.abs(random.normal(size=COLUMNS))]
    return np.stack(rows).astype(np.float32)


def encoded(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def whole_file(tensor):
    path = os.path.join(tempfile.mkdtemp(), "model.gguf")
    writer = gguf.GGUFWriter(path, "gpt2")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(128)
    writer.add_layer_norm_eps(1e-5)
    writer.add_name("größe")
    writer.add_add_bos_token(False)
    writer.add_token_list(["a", "é", ""])
    writer.add_token_types([1, 3, 5])
    writer.add_tensor("token_embd.weight", gguf.quants.quantize(tensor, Type.Q8_0), raw_dtype=Type.Q8_0)
    writer.add_tensor("blk.0.attn_norm.bias", tensor[0, :3].copy())
    writer.add_tensor("blk.0.ffn_up.weight", tensor[:3, :5].astype(np.float16), raw_dtype=Type.F16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with open(path, "rb") as file:
        return base64.b64encode(file.read()).decode()


if __name__ == "__main__":
    tensor = values()
    types = {"f16": Type.F16, "bf16": Type.BF16, "q8_0": Type.Q8_0, "q4_0": Type.Q4_0}
    with open(os.path.join(HERE, "gguf.json"), "w", encoding="utf-8") as file:
        json.dump(
            {
                "columns": COLUMNS,
                "values": encoded(tensor),
                "quantised": {name: encoded(gguf.quants.quantize(tensor, type)) for name, type in types.items()},
                "file": whole_file(tensor),
            },
            file,
            indent=1,
        )
        file.write("\n")
