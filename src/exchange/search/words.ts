import type { StixObject } from '#exchange/stix/check.ts'

/** Most words that one object is found by; the first ones are. */
export const MOST_WORDS = 2_000
/** Letters of a word at most: what is longer is no word that people look for. */
const LONGEST_WORD = 64
/** Letters of an object's text that are read. */
const MOST_LETTERS = 200_000
const DEEPEST = 20

/** Properties that hold no words of people: ids, instants, terms of the standard, and what is looked up as a value. */
const WORDLESS = new Set([
  'id',
  'type',
  'spec_version',
  'created',
  'modified',
  'pattern',
  'pattern_type',
  'pattern_version',
  'valid_from',
  'valid_until',
  'lang',
  'hashes',
  'payload_bin',
  'granular_markings',
  'extension_type',
  'url',
  'external_id',
])

/**
 * The words of a text, each once: compatible characters as one (NFKC), lower-case, cut at whatever is neither a letter nor a digit.
 * Nothing is stemmed, and scripts that are written without spaces are cut at their punctuation only.
 */
export function wordsOfText(text: string): string[] {
  const words = new Set<string>()
  addWords(words, text)
  return [...words]
}

/** The words that an object is found by: those of its names, descriptions, labels and other texts. Pure; bounded. */
export function wordsOf(object: StixObject): string[] {
  const words = new Set<string>()
  let letters = 0
  const read = (value: unknown, depth: number): void => {
    if (words.size >= MOST_WORDS || letters > MOST_LETTERS) return
    if (typeof value === 'string') {
      letters += value.length
      addWords(words, value)
    } else if (Array.isArray(value)) for (const one of value as unknown[]) read(one, depth + 1)
    else if (typeof value === 'object' && value !== null && depth < DEEPEST) {
      for (const [name, inner] of Object.entries(value)) if (!WORDLESS.has(name) && !name.endsWith('_ref') && !name.endsWith('_refs')) read(inner, depth + 1)
    }
  }
  read(object, 0)
  return [...words].slice(0, MOST_WORDS)
}

/** A label as it is compared. */
export function normalLabel(label: string): string {
  return label.normalize('NFKC').toLowerCase().trim()
}

/** Labels of an object, each once in its normal form. */
export function labelsOf(object: StixObject): string[] {
  const { labels } = object
  return Array.isArray(labels)
    ? [...new Set(labels.flatMap((one) => (typeof one === 'string' && one.length <= 1000 ? [normalLabel(one)] : [])))].slice(0, MOST_WORDS)
    : []
}

/** The phrases that a question puts into quotation marks, in the spelling in which `holdsPhrase` compares. */
export function phrasesOf(asked: string): string[] {
  return [...asked.matchAll(/"([^"]{1,1000})"/g)].map(([, phrase]) => phraseText(phrase!)).filter((phrase) => phrase.includes(' '))
}

/** Whether some text of an object holds the words of each phrase one after another. */
export function holdsPhrases(object: StixObject, phrases: readonly string[]): boolean {
  if (phrases.length === 0) return true
  const left = new Set(phrases)
  const read = (value: unknown, depth: number): void => {
    if (left.size === 0) return
    if (typeof value === 'string') {
      const text = ` ${phraseText(value.slice(0, MOST_LETTERS))} `
      for (const phrase of left) if (text.includes(` ${phrase} `)) left.delete(phrase)
    } else if (typeof value === 'object' && value !== null && depth < DEEPEST) for (const inner of Object.values(value)) read(inner, depth + 1)
  }
  read(object, 0)
  return left.size === 0
}

function addWords(words: Set<string>, text: string): void {
  for (const word of lettersOf(text)) if (word.length > 0 && word.length <= LONGEST_WORD) words.add(word)
}

function phraseText(text: string): string {
  return lettersOf(text).filter(Boolean).join(' ')
}

function lettersOf(text: string): string[] {
  return text
    .slice(0, MOST_LETTERS)
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}\p{M}]+/u)
}
