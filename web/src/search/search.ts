import type { z } from 'zod'
import type { ObjectSummary } from '#exchange/search/contract.ts'
import { getFile } from '../api/client.ts'
import { download } from '../ui/download.ts'

export type Found = z.output<typeof ObjectSummary>

/** What is asked, as the fields hold it; an empty text asks for nothing. */
export interface Question {
  readonly q: string
  readonly type: string
  readonly tlp: string
  readonly collection: string
  readonly revoked: string
  readonly label: string
  readonly confidenceFrom: string
  readonly addedFrom: string
  readonly validAt: string
  readonly contributor: string
}

export const NOTHING: Question = {
  q: '',
  type: '',
  tlp: '',
  collection: '',
  revoked: '',
  label: '',
  confidenceFrom: '',
  addedFrom: '',
  validAt: '',
  contributor: '',
}

/** The question as the server takes it: days are those of UTC. */
export function asQuery({ addedFrom, validAt, ...rest }: Question): Record<string, string> {
  return { ...rest, addedFrom: addedFrom && `${addedFrom}T00:00:00Z`, validAt: validAt && `${validAt}T12:00:00Z` }
}

/** What was asked lately, the newest first: in this page's memory and nowhere else, gone with the next reload. */
const recent: Question[] = []
const MOST_RECENT = 8

export function recentQuestions(): readonly Question[] {
  return [...recent]
}

export function remember(question: Question): void {
  const text = JSON.stringify(question)
  const known = recent.findIndex((one) => JSON.stringify(one) === text)
  if (known >= 0) recent.splice(known, 1)
  recent.unshift(question)
  recent.splice(MOST_RECENT)
}

/** A question in a few words. */
export function inWords({ q, ...filters }: Question): string {
  const set = Object.entries(filters).flatMap(([name, value]) => (value === '' ? [] : [`${name} ${value}`]))
  return [q === '' ? 'everything' : q, ...set].join(', ')
}

/** The bytes of an object's version as they came. */
export async function rawText(id: string, place: { collection?: string; version?: string } = {}, signal?: AbortSignal): Promise<string> {
  return (await getFile(`/api/exchange/objects/${id}/raw`, place, signal, 'application/stix+json;version=2.1')).text()
}

/** Objects as one STIX bundle, each exactly as it came. */
export async function saveBundle(found: readonly Found[], signal: AbortSignal): Promise<void> {
  const texts: string[] = []
  for (const { id, collection } of found) texts.push(await rawText(id, { collection: collection.id }, signal))
  download('vedette-search.json', 'application/stix+json', `{"type":"bundle","id":"bundle--${uuid()}","objects":[${texts.join(',')}]}`)
}

/** Not `randomUUID`, which browsers offer in secure contexts only. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = 0x40 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
