import type { OperatorId } from '#platform/ids.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { CurrentContent } from '#program/packages/contract.ts'

/** What a version is to the world: under embargo, public, or public once and taken back or replaced. */
export type Stage = 'draft' | 'final' | 'withdrawn' | 'superseded'

/** A version of a package as one reader may tell of it. */
export interface Advisory {
  readonly package: PackageId
  readonly version: number
  readonly stage: Stage
  /** The fields that the reader may read and has received; what is missing is not told. */
  readonly content: Partial<CurrentContent>
  /** Instant of the release, past or planned; null while there is none. */
  readonly release: Date | null
  /** When the version became what it is. */
  readonly at: Date
  readonly publisher: { readonly id: OperatorId; readonly name: string; readonly namespace: string }
  /** Where the package is shown. */
  readonly address: string
}

/** What is told at each stage: before the release all that the reader may read; after it what everybody may, and no help for attackers. */
export function toldContent({ stage, content }: Advisory): Partial<CurrentContent> {
  if (stage === 'draft') return content
  const { detection: _, samples: _samples, rules: _rules, sharingGroup: _group, vulnerabilities, ...rest } = content
  return { ...rest, ...(vulnerabilities && { vulnerabilities: vulnerabilities.map(publicVulnerability) }) }
}

type Vulnerability = CurrentContent['vulnerabilities'][number]

function publicVulnerability(vulnerability: Vulnerability): Vulnerability {
  return { ...vulnerability, triggerConditions: '', reproduction: [], crash: { frames: [], text: '' } }
}

/** A revision in the numbering of the document, which has no gaps; `stated` is the version as the content has it. */
export interface NumberedRevision {
  readonly date: string
  readonly number: string
  readonly summary: string
  readonly stated: string | undefined
}

/** The history of the document, the oldest first; never empty, and one after it was released, withdrawn or replaced. */
export function revisionsOf({ content, stage, release, at, version }: Advisory): NumberedRevision[] {
  const stated = (content.revisionHistory ?? []).map(({ instant, summary, version: number }) => ({ date: isoOf(instant), summary: summary || `Version ${number}.`, stated: number })) // prettier-ignore
  const known = stated.length > 0 ? stated.toSorted((one, other) => one.date.localeCompare(other.date)) : [first(version, stage, release, at)]
  const all = [...known, ...laterOf(stage, release, at, known.at(-1)!.date)]
  return all.map((revision, n) => ({ stated: undefined, ...revision, number: stage === 'draft' ? `0.${n + 1}.0` : String(n + 1) }))
}

interface Revision {
  readonly date: string
  readonly summary: string
}

function first(version: number, stage: Stage, release: Date | null, at: Date): Revision {
  const date = stage === 'draft' || release === null || at < release ? at : release
  return { date: date.toISOString(), summary: `Version ${version} of the package.` }
}

function laterOf(stage: Stage, release: Date | null, at: Date, newest: string): Revision[] {
  if (stage === 'draft') return []
  const released = release !== null && release.toISOString() > newest ? [{ date: release.toISOString(), summary: 'Released.' }] : []
  const from = released[0]?.date ?? newest
  if (stage === 'final') return released
  const date = at.toISOString() > from ? at.toISOString() : from
  return [...released, { date, summary: stage === 'withdrawn' ? 'Withdrawn.' : 'Superseded by a newer version.' }]
}

function isoOf(instant: string): string {
  return new Date(instant).toISOString()
}

/** When the vulnerabilities are or were to be public. */
export function disclosureOf({ release }: Advisory, { statedDisclosure }: Vulnerability): string | undefined {
  return release?.toISOString() ?? (statedDisclosure === null ? undefined : isoOf(statedDisclosure))
}

/** The bytes of a document: the same for the same advisory. */
export function bytesOf(document: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(document, undefined, 2)}\n`)
}

/** Without what is undefined, and without empty lists and objects, which the formats do not take. */
export function present<T extends Readonly<Record<string, unknown>>>(fields: T): Partial<T> {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && !isEmpty(value))
  return Object.fromEntries(kept) as Partial<T>
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Date) && Object.keys(value).length === 0
}
