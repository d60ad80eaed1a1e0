# Writes bert-tiny/ and distilbert-tiny/ beside this file: models of masked tokens as transformers saves them, random and small, with BERT's
# WordPiece tokenizer, and in expected.json what it and they make of some texts. Run: python3 test/golden/make_wordpiece.py (needs torch and transformers).
import json
from pathlib import Path

import torch
from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast, DistilBertConfig, DistilBertForMaskedLM

HERE = Path(__file__).parent
SPECIAL = ['[PAD]', '[unused0]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
WORDS = ['the', 'moon', 'sleep', '##s', '##ing', '##er', 'un', '##moon', '12', '##34', 'do', "n't", 'καλη', '##μερα', 'при', '##вет', 'हिन', '##द', '...']
TEXTS = [
    'The moon sleeps, and the SLEEPER is unmooning.',
    "Don't! It's 1234 o'clock; they'll say: \"wait...\"",
    'Café naïve ÅNGSTRÖM İstanbul ﬁne ß ẞ',
    'ΚΑΛΗΜΕΡΑ ΚΟΣΜΟΣ καλημέρα, Привет МИР ёж',
    '日本語のテキスト、漢字とかな。中文 한국어 𠀀moon𠀁 豈',
    'ไทย हिन्दी العربية עִבְרִית ქართული Ქ',
    'soft\u00adhyphen zero\u0000byte \u0085line\u2028end\u3000wide\u200djoin\ufeffmark \ufffd',
    'family 👨‍👩‍👧 flag 𝒜𝓵 ½ ² $5+5=10 a_b^c~d`e|f<g>',
    'x' * 100 + ' ' + 'x' * 101,
    '',
    ' \t\n ',
]
MASKED = ['the moon [MASK].', '[MASK] sleepers [MASK] the moon', 'Καλημέρα, [MASK]!']


def vocabulary():
    """The words, and every character that TEXTS have once folded, but for one, which stays unknown."""
    tokenizer = BertTokenizerFast(vocab={token: id for id, token in enumerate(SPECIAL)}).backend_tokenizer
    words = [word for text in TEXTS for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text))]
    characters = sorted({character for word in words for character in word} - {'²'})
    return list(dict.fromkeys([*SPECIAL, *characters, *('##' + character for character in characters), *WORDS]))


def lively(model):
    """Weights that move every number."""
    with torch.no_grad():
        for name, value in model.named_parameters():
            norm = 'LayerNorm.weight' in name or 'layer_norm.weight' in name
            value.copy_(torch.randn(value.shape) * 0.3 + norm)
    return model.eval()


def rounded(values):
    return [[float(f'{value:.7g}') for value in row] for row in values.tolist()]


def write(name, model, tokenizer):
    folder = HERE / name
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    told = []
    for text in MASKED:
        inputs = {name: value for name, value in tokenizer(text, return_tensors='pt').items() if name != 'token_type_ids'}
        places = inputs['input_ids'][0] == tokenizer.mask_token_id
        with torch.no_grad():
            told.append(dict(text=text, ids=inputs['input_ids'][0].tolist(), logits=rounded(model.double()(**inputs).logits[0][places])))
    encoded = [tokenizer(text)['input_ids'] for text in TEXTS]
    texts = [dict(text=text, ids=ids, decoded=tokenizer.decode(ids, clean_up_tokenization_spaces=False)) for text, ids in zip(TEXTS, encoded)]
    (folder / 'expected.json').write_text(json.dumps(dict(texts=texts, masked=told), ensure_ascii=False, separators=(',', ':')) + '\n')


def main():
    torch.manual_seed(7)
    torch.set_num_threads(1)
    tokens = vocabulary()
    tokenizer = BertTokenizerFast(vocab={token: id for id, token in enumerate(tokens)})
    size = dict(vocab_size=len(tokens), max_position_embeddings=32)
    bert = BertConfig(**size, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    distilled = DistilBertConfig(**size, dim=16, n_layers=2, n_heads=2, hidden_dim=64)
    write('bert-tiny', lively(BertForMaskedLM(bert)), tokenizer)
    write('distilbert-tiny', lively(DistilBertForMaskedLM(distilled)), tokenizer)


if __name__ == '__main__':
    main()
