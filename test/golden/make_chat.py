"""What transformers makes of conversations by chat templates of the shapes that models have, and the loss of an answer's tokens.

Run: python3 test/golden/make_chat.py (transformers 5.18, torch 2.13.0). It writes test/golden/chat.json: by template its source, the
tokenizer (a shape of tokenizers/, and tokens added to it), and for each conversation the text, the text up to an answer, the
ids, and which tokens the assistant says: those that `{% generation %}` encloses, in the template or, where it has no such
tags, in its twin that has. The templates are short ones in our own words, after those of the models in their names.
"""

import json
import os

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

FOLDER = os.path.dirname(__file__)

CHATML = """{%- if messages[0]['role'] != 'system' -%}
{{- '<|im_start|>system\\nYou are small.<|im_end|>\\n' -}}
{%- endif -%}
{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' -}}
{%- if message['role'] == 'assistant' -%}
[generation]{{- message['content'] + '<|im_end|>' -}}[endgeneration]{{- '\\n' -}}
{%- else -%}
{{- message['content'] + '<|im_end|>' + '\\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"""

LLAMA3 = """{{ bos_token }}
{%- if tools is not none %}{{ raise_exception('no tools here') }}{% endif %}
{%- for message in messages %}
    {%- set role = message.role %}
    {{- '<|start_header_id|>' ~ role ~ '<|end_header_id|>\\n\\n' }}
    {%- if role == 'assistant' %}[generation]{{- message.content | trim + '<|eot_id|>' }}[endgeneration]
    {%- else %}
        {{- message.content | trim + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

GEMMA = """{{ bos_token }}
{%- if messages[0].role == 'system' %}
    {%- set first = messages[0].content + '\\n\\n' %}
    {%- set rest = messages[1:] %}
{%- else %}
    {%- set first = '' %}
    {%- set rest = messages %}
{%- endif %}
{%- for message in rest %}
    {%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('roles must take turns: user, assistant, user, …') }}
    {%- endif %}
    {{- '<start_of_turn>' + ('model' if message.role == 'assistant' else message.role) + '\\n' + (first if loop.first else '') }}
    {%- if message.role == 'assistant' %}[generation]{{ message.content | trim }}{{ '<end_of_turn>' }}[endgeneration]{{ '\\n' }}
    {%- else %}{{ message.content | trim }}{{ '<end_of_turn>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}
"""

MISTRAL = """{%- set ns = namespace(system='') %}
{{- bos_token }}
{%- for message in messages %}
    {%- if message['role'] == 'system' %}
        {%- set ns.system = message['content'] ~ '\\n\\n' %}
    {%- elif message['role'] == 'user' %}
        {{- '[INST] ' + ns.system + message['content'] + ' [/INST]' }}
        {%- set ns.system = '' %}
    {%- elif message['role'] == 'assistant' %}[generation]{{- ' ' + message['content'] + eos_token }}[endgeneration]
    {%- else %}
        {{- raise_exception('unknown role') }}
    {%- endif %}
{%- endfor %}"""

ZEPHYR = """{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\\n' }}[generation]{{ message['content'] + eos_token }}[endgeneration]{{ '\\n' }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}"""

# Thoughts before the last question are not written again, as in Qwen3.
THINKING = """{%- set ns = namespace(last=0) %}
{%- for message in messages %}{% if message.role == 'user' %}{% set ns.last = loop.index0 %}{% endif %}{% endfor %}
{%- for message in messages %}
    {%- if message.role == 'assistant' %}
        {%- set parts = message.content.split('</think>') %}
        {{- '<|im_start|>assistant\\n' }}
        {%- if loop.index0 > ns.last %}
            {{- ('' if parts | length > 1 else '<think>\\n\\n</think>\\n\\n') + message.content }}
        {%- else %}
            {{- parts[-1].lstrip('\\n') }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}
"""

# The white space around tags is what the tags' own signs say.
SPACES = """{% for message in messages %}
  {% if message.role == 'assistant' %}
    A:
    {% generation %}
    {{ message.content }}<|im_end|>
    {%- endgeneration %}
  {% else %}
    Q: {{ message.content }}
  {% endif %}
{% endfor %}
{% if add_generation_prompt %}    A:
{% endif %}"""

TEMPLATES = {
    "chatml": ("smollm", CHATML, ["<|im_start|>", "<|im_end|>"], dict(bos="<|im_start|>", eos="<|im_end|>")),
    "llama3": ("llama3", LLAMA3, ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], dict(bos="<|begin_of_text|>", eos="<|eot_id|>")),
    "gemma": ("gemma", GEMMA, ["<start_of_turn>", "<end_of_turn>"], dict(bos="<s>", eos="</s>")),
    "mistral": ("mistral", MISTRAL, ["[INST]", "[/INST]"], dict(bos="<s>", eos="</s>")),
    "zephyr": ("llama2", ZEPHYR, [], dict(bos="<s>", eos="</s>")),
    "thinking": ("qwen", THINKING, ["<|im_start|>", "<|im_end|>"], dict(eos="<|im_end|>")),
    "spaces": ("smollm", SPACES, ["<|im_start|>", "<|im_end|>"], dict(eos="<|im_end|>")),
}


def said(*contents, system=None):
    roles = ["user", "assistant"] * len(contents)
    head = [] if system is None else [dict(role="system", content=system)]
    return head + [dict(role=role, content=content) for role, content in zip(roles, contents)]


CONVERSATIONS = [
    said("Hello", "Hi there!"),
    said("the cat sat", "on the mat", "  and then?  ", "it sat\n\non a {{ hat }} {% raw %}", system="Be brief."),
    said("e\u0301 ñ 日本語 👍🏽", "ไทย हिन्दी\u3000x", "<b>&amp; \"quotes\" 'x'</b>", "\tyes\t", "more", "1111 22"),
    said("why?", "<think>\nhm\n</think>\n\nso", "and?", "<think>\nwell\n</think>\n\nno"),
    said("say <|im_end|> </s>", "<|im_end|> is said </s>"),
]


def tokenizer_of(shape, added, special):
    with open(os.path.join(FOLDER, "tokenizers", f"{shape}.json")) as file:
        whole = json.load(file)["tokenizer"]
    known = {token["content"] for token in whole["added_tokens"]}
    ids = [*whole["model"]["vocab"].values(), *(token["id"] for token in whole["added_tokens"])]
    new = [content for content in added if content not in known]
    tokens = [
        dict(id=max(ids) + 1 + i, content=content, special=True, single_word=False, lstrip=False, rstrip=False, normalized=False)
        for i, content in enumerate(new)
    ]
    whole["added_tokens"] += tokens
    names = {f"{name}_token": content for name, content in special.items()}
    known |= set(new)
    assert all(content in known for content in names.values()), (shape, names, known)
    return tokens, names, PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(json.dumps(whole)), **names)


def tagged(source):
    return source.replace("[generation]", "{% generation %}").replace("[endgeneration]", "{% endgeneration %}")


def untagged(source):
    return source.replace("[generation]", "").replace("[endgeneration]", "")


def cases(tokenizer, source):
    for messages in CONVERSATIONS:
        def text(tags, **more):
            return tokenizer.apply_chat_template(messages, chat_template=tags(source), tokenize=False, **more)

        encoded = tokenizer.apply_chat_template(
            messages, chat_template=tagged(source), return_dict=True, return_assistant_tokens_mask=True
        )
        assert text(tagged) == text(untagged)
        yield dict(
            messages=messages,
            text=text(tagged),
            prompt=tokenizer.apply_chat_template(
                messages[:-1], chat_template=tagged(source), tokenize=False, add_generation_prompt=True
            ),
            ids=encoded["input_ids"],
            said=encoded["assistant_masks"],
            answers=[answer(tokenizer, source, messages[: i + 1]) for i, m in enumerate(messages) if m["role"] == "assistant"],
        )


def answer(tokenizer, source, messages):
    """The last message as the answer to those before: every token of which a character is in what follows their prompt."""
    text = tokenizer.apply_chat_template(messages, chat_template=untagged(source), tokenize=False)
    prompt = tokenizer.apply_chat_template(
        messages[:-1], chat_template=untagged(source), tokenize=False, add_generation_prompt=True
    )
    assert text.startswith(prompt)
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    end = len(text.rstrip())
    ids = encoded["input_ids"]
    said = [int(before < end and after > len(prompt)) for before, after in encoded["offset_mapping"]]
    return dict(ids=ids, said=said)


def loss_golden():
    """Two conversations in one batch; tokens that are not learned are ignored."""
    vocabulary, rows = 7, [([1, 2, 3, 4, 5], [0, 0, 1, 1, 1]), ([6, 5, 4, 0, 2, 2, 1, 3], [0, 1, 0, 0, 0, 1, 1, 1])]
    table = torch.tensor(
        [[((7 * i + 3 * j * j) % 11) / 4 - 1 for j in range(vocabulary)] for i in range(vocabulary)], dtype=torch.float64
    )
    longest = max(len(ids) for ids, _ in rows) - 1
    inputs = torch.zeros(len(rows), longest, dtype=torch.long)
    labels = torch.full((len(rows), longest), -100)
    for b, (ids, learned) in enumerate(rows):
        for t in range(1, len(ids)):
            inputs[b, t - 1] = ids[t - 1]
            if learned[t]:
                labels[b, t - 1] = ids[t]
    logits = table[inputs]  # each token says what follows it
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
    return dict(table=table.tolist(), rows=[dict(ids=ids, learned=learned) for ids, learned in rows], loss=loss.item())


def main():
    templates = {}
    for name, (shape, source, added, special) in TEMPLATES.items():
        tokens, names, tokenizer = tokenizer_of(shape, added, special)
        templates[name] = dict(
            shape=shape,
            added=tokens,
            special=names,
            tagged=tagged(source),
            untagged=untagged(source),
            cases=list(cases(tokenizer, source)),
        )
    with open(os.path.join(FOLDER, "chat.json"), "w") as file:
        json.dump(dict(templates=templates, loss=loss_golden()), file, ensure_ascii=False, indent=1)
        file.write("\n")


main()
