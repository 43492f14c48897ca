import { z } from 'zod'
import type { Note } from '#program/advisories/csaf-20.ts'
import { FIX_KINDS, RULE_KINDS, SAMPLE_HANDLING, SENSORS, type CurrentContent, type PackageContentInput } from '#program/packages/contract.ts'
import { cvssVersionOf } from '#program/packages/cvss-vector.ts'

/**
 * What a package says and CSAF has no field for becomes notes with titles of Vedette's own, and comes back from them. A note of
 * any other title is text.
 */
export type CsafNote = z.output<typeof Note>
type Vulnerability = CurrentContent['vulnerabilities'][number]
type VulnerabilityInput = NonNullable<PackageContentInput['vulnerabilities']>[number]

export const PERMITTED_USE_TITLE = 'Permitted use'
export const PERMITTED_USE_JSON_TITLE = 'Permitted use, machine-readable'
export const GENERIC_TITLE = 'Description without detail'
export const CVSS_TITLE = 'Further CVSS vectors'
export const STATED_TITLE = 'Stated CVSS scores'
export const CWE_TITLE = 'Further weaknesses'
export const remedyTitle = (kind: (typeof FIX_KINDS)[number]) => `Remedy: ${kind}`

const TEXT_CATEGORIES: readonly CsafNote['category'][] = ['summary', 'description', 'details', 'general', 'faq', 'other']
const note = (title: string, text: string): CsafNote[] => (text === '' ? [] : [{ category: 'details', title, text }])

/** Notes of what CSAF has no field for, in a fixed order. */
export function vulnerabilityNotes(vulnerability: Vulnerability): CsafNote[] {
  const { description, attackVector, exploitability, triggerConditions, reproduction, crash } = vulnerability
  return [
    ...(description === '' ? [] : [{ category: 'description' as const, text: description }]),
    ...note('Exploitability', exploitability.text),
    ...note(attackVector.channel ? `Attack vector: ${attackVector.channel}` : 'Attack vector', attackVector.text || (attackVector.channel ?? '')),
    ...note('Trigger conditions', triggerConditions),
    ...reproduction.flatMap((step, at) => note(`Reproduction step ${at + 1}`, step)),
    ...note('Crash stack', crash.frames.join('\n')),
    ...note('Crash evidence', crash.text),
  ]
}

/** What the notes of a vulnerability say, each in its place, and which of them say nothing that is carried over. */
export function readVulnerabilityNotes(notes: readonly CsafNote[]): { fields: Partial<VulnerabilityInput>; vectors: string[]; rest: number[] } {
  const found: { -readonly [key in keyof VulnerabilityInput]?: VulnerabilityInput[key] } = {}
  const vectors: string[] = []
  const remedies: Fix[] = []
  const read: readonly Reader[] = [
    [/^Exploitability$/, (_, text) => (found.exploitability = { text })],
    [/^Attack vector(?:: (network|adjacent|local|physical))?$/, ([, channel], text) => (found.attackVector = attackVectorOf(channel, text))],
    [/^Trigger conditions$/, (_, text) => (found.triggerConditions = text)],
    [/^Reproduction step \d+$/, (_, text) => (found.reproduction = [...(found.reproduction ?? []), text])],
    [/^Crash stack$/, (_, text) => (found.crash = { ...found.crash, frames: text.split('\n').filter((frame) => frame.trim() !== '') })],
    [/^Crash evidence$/, (_, text) => (found.crash = { ...found.crash, text })],
    [titled(CVSS_TITLE), (_, text) => vectors.push(...vectorsIn(text)) > 0],
    [titled(STATED_TITLE), () => false],
    [titled(CWE_TITLE), (_, text) => (found.cwes = weaknessesIn(text)).length > 0],
    [
      new RegExp(`^${remedyTitle('available').replace('available', `(${FIX_KINDS.join('|')})`)}$`),
      ([, kind], details) => remedies.push({ kind: kind as Fix['kind'], details }),
    ],
  ]
  const { text, rest } = sort(notes, read)
  return { fields: { ...found, fixes: remedies, description: text }, vectors, rest }
}

type Channel = NonNullable<Vulnerability['attackVector']['channel']>
function attackVectorOf(channel: string | undefined, text: string): VulnerabilityInput['attackVector'] {
  return channel === undefined ? { text } : { channel: channel as Channel, text: text === channel ? '' : text }
}

type Fix = NonNullable<VulnerabilityInput['fixes']>[number]
const titled = (title: string) => new RegExp(`^${title}$`)

function weaknessesIn(text: string): NonNullable<VulnerabilityInput['cwes']> {
  return text.split('\n').flatMap((line) => {
    const [, id, name] = /^(CWE-[1-9]\d{0,5}) (.+)$/.exec(line) ?? []
    return id ? [{ id, name: name! }] : []
  })
}

function vectorsIn(text: string): string[] {
  return text.split(/\s+/).filter((word) => cvssVersionOf(word) !== undefined)
}

type DocumentFields = Partial<Pick<CurrentContent, 'bulletin' | 'detection' | 'rules' | 'samples'>>

/** Notes of the document: the bulletin, and what helps to detect. */
export function documentNotes({ bulletin, detection = [], rules = [], samples }: DocumentFields): CsafNote[] {
  return [
    ...(bulletin && bulletin.text !== '' ? [{ category: 'summary' as const, text: bulletin.text }] : []),
    ...detection.flatMap(({ sensor, title, guidance, falsePositives }) => [
      ...note(`Detection by ${sensor} sensor: ${title}`, guidance),
      ...note(`False positives of the detection by ${sensor} sensor: ${title}`, falsePositives),
    ]),
    ...rules.flatMap(({ kind, sensor, name, text }) => note(`Draft ${kind} rule for ${sensor} sensor: ${name}`, text)),
    ...note('Known-bad samples', sampleLines(samples?.knownBad)),
    ...note('Known-good samples', sampleLines(samples?.knownGood)),
  ]
}

const SENSOR = `(${SENSORS.join('|')}) sensor: (.+)$`

/** What the notes of a document say, each in its place, and which of them say nothing that is carried over. */
export function readDocumentNotes(notes: readonly CsafNote[]): { fields: PackageContentInput['bulletin']; detection: DetectionFields; rest: number[] } {
  const detection: Guidance[] = []
  const rules: NonNullable<PackageContentInput['rules']> = []
  const samples: NonNullable<PackageContentInput['samples']> = {}
  const read: readonly Reader[] = [
    [new RegExp(`^Detection by ${SENSOR}`), ([, sensor, title], guidance) => detection.push({ sensor: sensor as Sensor, title: title!, guidance })],
    [new RegExp(`^False positives of the detection by ${SENSOR}`), ([, sensor, title], text) => withFalsePositives(detection, sensor!, title!, text)],
    [
      new RegExp(`^Draft (${RULE_KINDS.join('|')}) rule for ${SENSOR}`),
      ([, kind, sensor, name], text) => rules.push({ kind: kind as (typeof RULE_KINDS)[number], sensor: sensor as Sensor, name: name!, text }),
    ],
    [/^Known-bad samples$/, (_, text) => (samples.knownBad = samplesIn(text)).length > 0],
    [/^Known-good samples$/, (_, text) => (samples.knownGood = samplesIn(text)).length > 0],
    [new RegExp(`^(${PERMITTED_USE_TITLE}|${PERMITTED_USE_JSON_TITLE}|${GENERIC_TITLE})$`), () => false],
  ]
  const { text, rest } = sort(notes, read)
  return { fields: { text }, detection: { detection, rules, samples }, rest }
}

type Sensor = (typeof SENSORS)[number]
type DetectionFields = Pick<PackageContentInput, 'detection' | 'rules' | 'samples'>
type Guidance = NonNullable<PackageContentInput['detection']>[number]
type Sample = CurrentContent['samples']['knownBad'][number]

function withFalsePositives(detection: Guidance[], sensor: string, title: string, text: string): boolean {
  const last = detection.at(-1)
  if (last?.sensor !== sensor || last.title !== title) return false
  last.falsePositives = text
  return true
}

/** One line each: digest, size in bytes or `-`, handling, name. */
function sampleLines(samples: readonly Sample[] = []): string {
  return samples.map(({ sha256, size, handling, name }) => [sha256, size ?? '-', handling, name].join(' ')).join('\n')
}

const SAMPLE = new RegExp(`^([0-9a-f]{64}) (\\d{1,15}|-) (${SAMPLE_HANDLING.join('|')}) (.+)$`)
function samplesIn(text: string) {
  return text.split('\n').flatMap((line) => {
    const [, sha256, size, handling, name] = SAMPLE.exec(line) ?? []
    return sha256 ? [{ sha256, size: size === '-' ? null : Number(size), handling: handling as Sample['handling'], name: name! }] : []
  })
}

/** Takes what a note with a title of Vedette's says; false when it has no place for it. */
type Reader = readonly [title: RegExp, take: (match: readonly (string | undefined)[], text: string) => unknown]

/** Puts notes into their places; the others are one Markdown text in the order of the document, `rest` the indexes of those left out. */
function sort(notes: readonly CsafNote[], readers: readonly Reader[]): { text: string; rest: number[] } {
  const texts: string[] = []
  const rest: number[] = []
  notes.forEach(({ category, title, text }, at) => {
    const reader = title === undefined ? undefined : readers.find(([pattern]) => pattern.test(title))
    if (reader) {
      if (reader[1](reader[0].exec(title!)!, text) === false) rest.push(at)
    } else if (TEXT_CATEGORIES.includes(category)) texts.push(title ? `## ${title}\n\n${text}` : text)
    else rest.push(at)
  })
  return { text: texts.join('\n\n'), rest }
}
