import { createHash } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { compilePattern, matchPattern } from '#exchange/stix/patterns/match.ts'
import { observationOf } from '#exchange/stix/patterns/observation.ts'
import { parseInFull, parsePattern } from '#exchange/stix/patterns/parse.ts'
import { StandingPatterns } from '#exchange/stix/patterns/standing.ts'
import { figure } from './figure.ts'

/**
 * Reading patterns and matching them. Patterns and values are those of the generator of exchange.md 22.5; the peers' figures are
 * those that exchange.md states, not run here.
 */
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The pattern of the generator's line `at`. */
function patternOf(at: number): string {
  const hash = sha256(`v${at}`)
  if (at % 4 === 0) return `[file:hashes.'SHA-256' = '${hash}']`
  if (at % 4 === 1) return `[url:value = 'https://c${at % 5003}.example${at % 97}.com/p/${hash.slice(0, 16)}']`
  if (at % 4 === 2) return `[domain-name:value = 'd${at}.bad${at % 997}.example']`
  return `[ipv4-addr:value = '${10 + ((at >> 16) & 127)}.${(at >> 8) & 255}.${at & 255}.${hash.charCodeAt(0)}']`
}

/** One pattern of several operators, qualifiers and kinds of constants after another. */
function generalOf(at: number): string {
  return [
    `([file:name = 'a${at}.exe' AND file:size > ${at}] FOLLOWEDBY [network-traffic:dst_ref.value ISSUBSET '198.51.${at % 256}.0/24' OR domain-name:value LIKE '%.bad${at}.example']) WITHIN 300 SECONDS`,
    `[(file:name MATCHES '^x${at}.*\\\\.dll$' OR file:hashes.'SHA-256' IN ('${sha256(String(at))}', 'b')) AND file:parent_directory_ref.path NOT = 'C:\\\\Windows'] REPEATS ${1 + (at % 5)} TIMES`,
    `[windows-registry-key:values[*].data = h'0${at % 10}' AND EXISTS windows-registry-key:key] START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'`,
    `[process:pid != ${at} AND process:arguments[0] = 'it\\'s ${at}'] AND [url:value = 'http://x${at}.example/'] OR [email-message:is_multipart = true]`,
  ][at % 4]!
}

/** An observation in which the generator's line `at` would be found, as a client hands it in. */
function observedOf(at: number): Record<string, unknown> {
  const literal = /^\[([a-z0-9-]+):([a-z]+)(?:\.'SHA-256')? = '(.*)'\]$/.exec(patternOf(at))!
  const [, type, property, value] = literal
  const time = new Date(Date.UTC(2026, 0, 1) + at * 1000).toISOString()
  const found = { type, [property!]: type === 'file' ? { 'SHA-256': value } : value }
  return {
    type: 'observed-data',
    first_observed: time,
    last_observed: time,
    number_observed: 1,
    objects: { '0': found, '1': { type: 'file', name: `f${at}.exe`, size: at }, '2': { type: 'process', pid: at, image_ref: '1' } },
  }
}

function cpu(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const PATTERNS = 100_000
const simple = Array.from({ length: PATTERNS }, (_, at) => patternOf(at))
const general = Array.from({ length: PATTERNS }, (_, at) => generalOf(at))
for (const [what, texts, read] of [
  ['simple patterns read', simple, parsePattern],
  ['the same by the full grammar', simple, parseInFull],
  ['general patterns read', general, parsePattern],
] as const) {
  const parseAll = (): void => {
    for (const text of texts) if ('fault' in read(text)) throw new Error(text)
  }
  parseAll()
  figure(what, (3 * PATTERNS) / cpu(() => [1, 2, 3].forEach(parseAll)), 'per CPU-second')
}
figure('cti-pattern-matcher, patterns read: stated in exchange.md, not run here', 2_457, 'per CPU-second')
figure('antlr4ng with the grammar of OASIS: stated in exchange.md, not run here', 27_824, 'per CPU-second')

const OBSERVATIONS = 20_000
/** Every second observation names a value that a standing pattern asks for. */
const observedData = Array.from({ length: OBSERVATIONS }, (_, at) => observedOf(at % 2 === 0 ? (at * 4 + ((at / 2) % 4)) % PATTERNS : PATTERNS + at))
const none = (): undefined => undefined
const observations = observedData.map((each) => observationOf(each, none)!)

const UNINDEXED = [
  (at: number): string => `[url:value LIKE '%.bad${at}.example/%']`,
  (at: number): string => `[url:value MATCHES '^https?://c${at}\\\\.[a-z]+${at % 97}\\\\.com/']`,
  (at: number): string => `[file:size > ${at * 100_000} AND file:name NOT = 'f${at}.exe']`,
  (at: number): string => `[process:image_ref.name LIKE 'g${at}_%.exe']`,
] as const
const unindexed = Array.from({ length: 1_000 }, (_, at) => UNINDEXED[at % 4]!(at))

for (const [what, texts] of [
  ['simple patterns', simple.slice(0, 1_000)],
  ['patterns of LIKE, MATCHES, ranges and NOT', unindexed],
] as const) {
  const compiled = texts.map((text) => {
    const parsed = parsePattern(text)
    if ('fault' in parsed) throw new Error(parsed.fault)
    return compilePattern(parsed.pattern)
  })
  const some = observations.slice(0, 500)
  const matchAll = (): void => {
    for (const each of compiled) for (const observation of some) matchPattern(each, [observation])
  }
  matchAll()
  figure(`pairs of ${what} and observations matched, without index`, (compiled.length * some.length) / cpu(matchAll), 'per CPU-second')
}
figure('cti-pattern-matcher, pairs: stated in exchange.md, not run here', 10_188, 'per CPU-second')

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const memory = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}
const before = memory()
const standing = new StandingPatterns()
// The texts are made anew, as they would come from the store: what they take is counted.
const adding = cpu(() => {
  for (let at = 0; at < PATTERNS; at++) standing.add(`indicator--${sha256(`i${at}`).slice(0, 36)}`, patternOf(at))
})
const generating = cpu(() => {
  for (let at = 0; at < PATTERNS; at++) if (sha256(`i${at}`).length + patternOf(at).length === 0) throw new Error('empty')
})
figure(`memory of ${PATTERNS.toLocaleString('en')} standing patterns, ids and texts included`, (memory() - before) / PATTERNS, 'bytes each')
figure('standing patterns added', PATTERNS / (adding - generating), 'per CPU-second')

let matched = 0
const matchStanding = (): void => {
  for (const each of observedData) matched += standing.match(observationOf(each, none)!).matched.length
}
matchStanding()
matched = 0
const observing = cpu(matchStanding)
figure(`observations against ${PATTERNS.toLocaleString('en')} standing patterns`, OBSERVATIONS / observing, 'per CPU-second')
figure('of these matched by a pattern at least', (100 * matched) / OBSERVATIONS, '%')
figure('the same as pairs', (OBSERVATIONS * PATTERNS) / observing, 'per CPU-second')

for (const [at, text] of unindexed.entries()) standing.add(`unindexed ${at}`, text)
let undecided = 0
const some = observedData.slice(0, 2_000)
const matchApart = (): void => {
  for (const each of some) undecided += standing.match(observationOf(each, none)!).undecided.length
}
matchApart()
figure('observations with 1,000 patterns more that no value finds', some.length / cpu(matchApart), 'per CPU-second')
figure('of these undecided for want of steps', undecided, 'pairs')
for (const at of unindexed.keys()) standing.remove(`unindexed ${at}`)

const TEMPORAL = 1_000
for (let at = 0; at < TEMPORAL; at++) standing.add(`temporal ${at}`, `(${patternOf(at * 4)} FOLLOWEDBY ${patternOf(at * 4 + 1)}) WITHIN 60 SECONDS`)
matchStanding()
figure('observations with 1,000 patterns of FOLLOWEDBY more', OBSERVATIONS / cpu(matchStanding), 'per CPU-second')
