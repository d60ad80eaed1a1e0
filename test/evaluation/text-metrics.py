# Writes text-metrics.json: what sacreBLEU computes, with its defaults, for corpora that are hard to count.
# Run: python3 test/evaluation/text-metrics.py (needs sacrebleu; written with 2.6.0).
import json
import pathlib
import random

import sacrebleu

CORPORA = {
    'a sentence that is right': (['The cat sat on the mat.'], ['The cat sat on the mat.']),
    'a sentence with one wrong word': (['The cat sat on a mat.'], ['The cat sat on the mat.']),
    'no match at all': (['aaa bbb ccc ddd eee'], ['vvv www xxx yyy zzz']),
    'matches of single words only': (['one x three y five z'], ['one two three four five six']),
    'matches of pairs, and of nothing longer': (['a b x c d y e f'], ['a b c d e f g h']),
    'right, and shorter than four words': (['yes', 'no it is'], ['yes', 'no it is']),
    'three words in all but one sentence': (['ab cd ef', 'gh ij kl mn'], ['ab cd ef', 'gh ij kl mm']),
    'an empty hypothesis': (['', 'the dog runs to the sea'], ['the cat sleeps', 'the dog runs to the sea']),
    'an empty reference': (['the cat sleeps well', 'the dog runs to the sea'], ['', 'the dog runs to the sea']),
    'nothing but empty hypotheses': (['', ' '], ['the cat sleeps', 'the dog']),
    'nothing but empty references': (['the cat sleeps', 'the dog'], ['', '']),
    'nothing at all': (['', ''], ['', '']),
    'too long': (['the the the the the the the the cat'], ['the cat sat on the mat']),
    'too short': (['the cat sat on'], ['the cat sat on the mat by the door']),
    'case': (['the Cat SAT on The mat today'], ['The cat sat on the mat today']),
    'numbers with points, commas and hyphens': (
        ['It cost 1,234.56 in 1990-1999, or 3.5% (1.000.000) of 5-6.', '.5 1. 2, 3,4 5-a a-5 -5 5- 5--6'],
        ['It costs 1,234.56 in 1990-1999, or 3,5% (1,000,000) of 5–6.', '.5 1. 2, 3.4 5-a a-6 -5 5- 5-6']),
    'every mark of ASCII': (
        ['a!b"c#d$e%f&g\'h(i)j*k+l,m-n.o/p:q;r<s=t>u?v@w[x\\y]z^A_B`C{D|E}F~G', 'x ... y ,, z .,. 7.,8 !? --'],
        ['a!b"c#d$e%f&g\'h(i)j*k+l,m-n.o/p:q;r<s=t>u?v@w[x\\y]z^A_B`C{D|E}F~H', 'x .. y ,, z .,.. 7,.8 ?! -']),
    'entities and marks of SGML': (
        ['&quot;a &amp; b&quot; &lt;c&gt; &amp;lt; <skipped> d', 'AT&amp;T &nbsp; x &quot y'],
        ['"a & b" <c> &lt; d', 'AT&T &nbsp; x "  y']),
    'line breaks and hyphens before them': (
        ['a hyphen-\nated word\nand more-\n', 'one\r\ntwo -\n three-\n\n'],
        ['a hyphenated word and more-', 'one two - three-']),
    'white space of every kind': (
        ['a\u00a0b\u2003c\u3000d\u0085e\u001cf\u200bg\ufeffh i', '\ufeffone two  three\tfour \ufeff'],
        ['a b c d e f\u200bg\ufeffh i', '\ufeffone two three four \ufeff']),
    'Japanese': (['猫はマットの上に座った。', '今日は良い天気ですね'], ['猫がマットの上に座っていた。', '今日はいい天気です']),
    'Arabic, Greek and Cyrillic': (
        ['القطة جلست على السجادة الحمراء', 'Η γάτα κάθισε στο χαλί.', 'Кошка сидела на красном коврике.'],
        ['القطة جلست على سجادة حمراء', 'Η γάτα καθόταν στο χαλί.', 'Кошка сидит на красном коврике.']),
    'accents, composed and not': (['un café déjà fermé ici', 'cafe\u0301 noir tre\u0300s fort'],
                                  ['un cafe déjà ferme ici', 'café noir très fort']),
    'characters outside the basic plane': (['🐈 sat on 🟫, 👩‍👩‍👧 and 𝒳.', 'a🙂.b🙂,c'], ['🐈 sat on 🟥, 👩‍👩‍👦 and 𝒳.', 'a🙂.b🙃,c']),
    'one character each': (['a', 'b', 'c'], ['a', 'x', 'c']),
    'sentences shorter than six characters': (['abc', 'abcde', 'ab'], ['abd', 'abcde', 'abcdefgh']),
}


def random_corpus(source):
    """Sentences of few words with marks between, some of them changed, left out or said twice."""
    words = ['the', 'The', 'cat', 'a', 'don\'t', '3.14', '1,000', 'x-y', '7-8', 'e.g.', '"So', 'end."', '(ja)', 'été', '猫', '—', '...']
    hypotheses, references = [], []
    for _ in range(40):
        reference = [source.choice(words) for _ in range(source.randrange(0, 14))]
        hypothesis = []
        for word in reference:
            hypothesis += source.choices([[word], [source.choice(words)], [], [word, word]], [8, 2, 1, 1])[0]
        hypotheses.append(' '.join(hypothesis))
        references.append(' '.join(reference))
    return hypotheses, references


def main():
    source = random.Random(2026)
    corpora = CORPORA | {f'random {i}': random_corpus(source) for i in range(4)}
    scored = [
        dict(name=name, hypotheses=hypotheses, references=references,
             bleu=sacrebleu.corpus_bleu(hypotheses, [references]).score,
             chrf=sacrebleu.corpus_chrf(hypotheses, [references]).score)
        for name, (hypotheses, references) in corpora.items()
    ]
    lines = ',\n'.join(json.dumps(corpus) for corpus in scored)
    pathlib.Path(__file__).with_suffix('.json').write_text(f'[\n{lines}\n]\n')


if __name__ == '__main__':
    main()
