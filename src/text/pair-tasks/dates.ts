// builtin:dates: a date as people write it in English, to be written as yyyy-mm-dd. No form leaves room for a second reading:
// the month is a word, or the year comes first.
import { Stream } from '../../base/random.ts';
import { between, type PairTask, pick } from './pair-task.ts';

const DAY = 86_400_000;
const [FIRST_DAY, LAST_DAY] = [Date.UTC(1900, 0, 1) / DAY, Date.UTC(2099, 11, 31) / DAY] as const;

const MONTHS = 'January|February|March|April|May|June|July|August|September|October|November|December'.split(
  '|',
);
const WEEKDAYS = 'Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday'.split('|');
const ORDINALS =
  `first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|twenty-first|twenty-second|twenty-third|twenty-fourth|twenty-fifth|twenty-sixth|twenty-seventh|twenty-eighth|twenty-ninth|thirtieth|thirty-first`.split(
    '|',
  );

/** Braces hold the parts below; in capitals where the part is. */
const FORMS = [
  '{day} {month} {year}',
  '{month} {day}, {year}',
  '{nth} {month} {year}',
  '{month} {nth}, {year}',
  'the {nth} of {month} {year}',
  'the {nth} of {month}, {year}',
  '{month} the {nth}, {year}',
  'the {ordinal} of {month} {year}',
  '{month} the {ordinal}, {year}',
  '{dd} {mon} {year}',
  '{mon} {day}, {year}',
  '{mon}. {day}, {year}',
  '{day} {MON} {year}',
  '{day}-{mon}-{year}',
  '{dd}/{mon}/{year}',
  '{day}.{mon}.{year}',
  '{wkd}, {day} {mon} {year}',
  '{weekday}, {month} {day}, {year}',
  '{weekday} the {nth} of {month} {year}',
  '{WEEKDAY} {day} {MONTH} {year}',
  '{year} {month} {day}',
  '{year}, {month} the {nth}',
  '{year}-{mon}-{dd}',
  '{year}/{mm}/{dd}',
  '{year}.{mm}.{dd}',
];

export const dates: PairTask = {
  name: 'builtin:dates',
  description: `a date in one of ${FORMS.length} English forms, to be written as yyyy-mm-dd`,
  tokenizers: { target: 'char' },
  ceiling: 1,
  write(key) {
    const stream = new Stream(key);
    const date = new Date(between(stream, FIRST_DAY, LAST_DAY) * DAY);
    return { source: written(date, pick(stream, FORMS)), target: date.toISOString().slice(0, 10) };
  },
};

function written(date: Date, form: string): string {
  const [year, mm, dd] = date.toISOString().slice(0, 10).split('-') as [string, string, string];
  const day = date.getUTCDate();
  const [month, weekday] = [MONTHS[date.getUTCMonth()]!, WEEKDAYS[date.getUTCDay()]!];
  const [mon, wkd] = [month.slice(0, 3), weekday.slice(0, 3)];
  const [nth, ordinal] = [`${day}${endingOf(day)}`, ORDINALS[day - 1]!];
  const parts = { year, month, mon, mm, day: String(day), dd, nth, ordinal, weekday, wkd };
  return Object.entries(parts).reduce(
    (text, [name, part]) =>
      text.replace(`{${name}}`, part).replace(`{${name.toUpperCase()}}`, part.toUpperCase()),
    form,
  );
}

function endingOf(day: number): string {
  if (day >= 11 && day <= 13) return 'th';
  return { 1: 'st', 2: 'nd', 3: 'rd' }[day % 10] ?? 'th';
}
