// builtin:tags: a sentence about people, places and dates; each word is to be tagged with what it is part of, in BIO (Ramshaw and
// Marcus 1995). Tags are written without the usual hyphen, so that each is one word. Many words are names of more than one kind,
// or none: what stands around them decides. After "they spoke of" nothing does: a person and a place are as likely, which is
// where tags that are each chosen for themselves come to contradict each other.
import { Stream } from '../../base/random.ts';
import { type PairTask, pick } from './pair-task.ts';

/** What a word in capitals may become. Those of ENTITIES are tagged, all else is O. */
const RULES: Readonly<Record<string, readonly string[]>> = split({
  SENTENCE: `CLAUSE | CLAUSE WHEN | WHEN CLAUSE | CLAUSE and CLAUSE | CLAUSE WHEN and CLAUSE | WHEN CLAUSE and CLAUSE WHEN`,
  CLAUSE: `PERSON DID PERSON | PERSON DID_TO PERSON | PERSON WENT PLACE | PERSON WAS PLACE | PERSON MUST CALL PERSON |
    PERSON MUST GO PLACE | the NTH OFFICE of PLACE DID PERSON | the NTH KIN of PERSON WENT PLACE |
    PERSON and PERSON WENT PLACE | a new train WENT PLACE | we march to PLACE | the NTH bridge of PLACE is DONE |
    they spoke of EITHER_PERSON | they spoke of EITHER_PLACE`,
  WHEN: 'in MONTH_OR_YEAR | on DAY | since ANY_DATE | until ANY_DATE | before ANY_DATE',
  MONTH_OR_YEAR: 'MONTH_DATE | YEAR_DATE',
  DAY: 'WEEKDAY_DATE | the DAY_DATE',
  ANY_DATE: 'MONTH_DATE | YEAR_DATE | WEEKDAY_DATE | the DAY_DATE',

  EITHER_PERSON: 'FIRST_TOWN LAST_TOWN',
  EITHER_PLACE: 'FIRST_TOWN LAST_TOWN',
  PERSON: 'FIRST | FIRST | FIRST LAST',
  PLACE: 'TOWN | TOWN | new SHIRE | lake FIRST_TOWN | mount LAST_TOWN',
  MONTH_DATE: 'MONTH | MONTH YEAR',
  YEAR_DATE: 'YEAR',
  WEEKDAY_DATE: 'WEEKDAY | WEEKDAY morning',
  DAY_DATE: 'NTH of MONTH | NTH of MONTH YEAR',

  FIRST:
    'anna | omar | tom | mei | ivan | will | may | april | june | august | rose | mark | grace | FIRST_TOWN',
  LAST: 'smith | brown | young | march | bath | bridge | reading | york | jersey | second | LAST_TOWN',
  TOWN: 'rome | oslo | cairo | lima | bath | reading | york | FIRST_TOWN | LAST_TOWN',
  FIRST_TOWN: 'florence | paris | sydney | austin | victoria | charlotte | georgia | jordan',
  LAST_TOWN: 'lincoln | washington | jackson | london | houston | dallas | wellington',
  SHIRE: 'york | jersey | london | rome',
  MONTH: 'january | march | april | may | june | august | october',
  YEAR: '1066 | 1492 | 1789 | 1815 | 1914 | 1969 | 1999 | 2024',
  WEEKDAY: 'monday | tuesday | friday | sunday',
  NTH: 'first | second | third | fourth | fifth',

  DID: 'met | called | thanked | knew | taught | was sorry for',
  DID_TO: 'wrote to | spoke to | waited for | heard from | sang with | was reading with',
  WENT: 'went to | came from | left for | drove past | got lost near',
  WAS: 'lives in | was born in | had a bath in | was reading in | works near',
  MUST: 'will | may | must | can',
  CALL: 'call | thank | teach | write to',
  GO: 'go to | leave for | stay in',
  OFFICE: 'mayor | bishop | judge',
  KIN: 'friend | teacher | cousin',
  DONE: 'open | closed | new',
});

const ENTITIES: Readonly<Record<string, string>> = {
  PERSON: 'PERSON',
  EITHER_PERSON: 'PERSON',
  PLACE: 'PLACE',
  EITHER_PLACE: 'PLACE',
  MONTH_DATE: 'DATE',
  YEAR_DATE: 'DATE',
  WEEKDAY_DATE: 'DATE',
  DAY_DATE: 'DATE',
};

/** Half of the guesses at what cannot be told are right; a sentence is right if all of its clauses are. */
const CEILING = (() => {
  const clauses = RULES.CLAUSE!;
  const open = clauses.filter((clause) => clause.includes('EITHER')).length / clauses.length;
  const ceilings = RULES.SENTENCE!.map((sentence) => (1 - open / 2) ** sentence.match(/CLAUSE/g)!.length);
  return ceilings.reduce((sum, one) => sum + one) / ceilings.length;
})();

export const tags: PairTask = {
  name: 'builtin:tags',
  description: 'a sentence, each word to be tagged as (part of) a person, a place, a date, or none',
  tokenizers: { source: 'word', target: 'word' },
  ceiling: CEILING,
  write(key) {
    const words = expanded('SENTENCE', new Stream(key));
    return {
      source: words.map(({ word }) => word).join(' '),
      target: words.map(({ tag }) => tag).join(' '),
    };
  },
};

interface Tagged {
  word: string;
  tag: string;
}

function expanded(rule: string, stream: Stream): Tagged[] {
  const words = pick(stream, RULES[rule]!)
    .split(' ')
    .flatMap((word) => (Object.hasOwn(RULES, word) ? expanded(word, stream) : [{ word, tag: 'O' }]));
  const entity = ENTITIES[rule];
  if (entity === undefined) return words;
  return words.map(({ word }, i) => ({ word, tag: `${i === 0 ? 'B' : 'I'}${entity}` }));
}

function split(rules: Readonly<Record<string, string>>): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(rules).map(([name, options]) => [name, options.split('|').map((option) => option.trim())]),
  );
}
