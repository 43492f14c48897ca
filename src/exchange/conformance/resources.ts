import type { PointId } from '#exchange/conformance/contract.ts'
import { isTimestamp } from '#exchange/conformance/timestamps.ts'
import { asObject, type Json } from '#exchange/conformance/turn.ts'

/** Says whether something holds. */
export type Say = (point: PointId, probe: string, holds: boolean, detail?: string) => void

type Kind = 'text' | 'boolean' | 'integer' | 'texts' | 'list' | 'timestamp' | 'uuid' | 'dictionary'

interface Table {
  readonly name: string
  /** The point that judges its required properties and their types. */
  readonly point: PointId
  readonly required: Readonly<Record<string, Kind>>
  readonly optional: Readonly<Record<string, Kind>>
}

/** The property tables of TAXII 2.1; `next` of manifest and versions is not in theirs, and paging needs it (C3). */
const TABLES = {
  discovery: {
    name: 'discovery',
    point: 'T9',
    required: { title: 'text' },
    optional: { description: 'text', contact: 'text', default: 'text', api_roots: 'texts' },
  },
  'api-root': {
    name: 'API root',
    point: 'T10',
    required: { title: 'text', versions: 'texts', max_content_length: 'integer' },
    optional: { description: 'text' },
  },
  collections: { name: 'collections', point: 'T33', required: {}, optional: { collections: 'list' } },
  collection: {
    name: 'collection',
    point: 'T33',
    required: { id: 'uuid', title: 'text', can_read: 'boolean', can_write: 'boolean' },
    optional: { description: 'text', alias: 'text', media_types: 'texts' },
  },
  manifest: { name: 'manifest', point: 'T35', required: {}, optional: { more: 'boolean', next: 'text', objects: 'list' } },
  record: {
    name: 'manifest record',
    point: 'T35',
    required: { id: 'text', date_added: 'timestamp', version: 'text' },
    optional: { media_type: 'text' },
  },
  envelope: { name: 'envelope', point: 'T30', required: {}, optional: { more: 'boolean', next: 'text', objects: 'list' } },
  versions: { name: 'versions', point: 'T39', required: {}, optional: { more: 'boolean', next: 'text', versions: 'texts' } },
  status: {
    name: 'status',
    point: 'T31',
    required: { id: 'uuid', status: 'text', total_count: 'integer', success_count: 'integer', failure_count: 'integer', pending_count: 'integer' },
    optional: { request_timestamp: 'timestamp', successes: 'list', failures: 'list', pendings: 'list' },
  },
  detail: { name: 'status detail', point: 'T31', required: { id: 'text', version: 'text' }, optional: { message: 'text' } },
  error: {
    name: 'error',
    point: 'T29',
    required: { title: 'text' },
    optional: { description: 'text', error_id: 'text', error_code: 'text', http_status: 'text', external_details: 'text', details: 'dictionary' },
  },
} as const satisfies Record<string, Table>

export type Resource = keyof typeof TABLES

/** Judges the properties of a resource against its table: what is required, the types, the names. */
export function judgeProperties(resource: Resource, value: Json, say: Say): void {
  const table: Table = TABLES[resource]
  const known = { ...table.required, ...table.optional }
  for (const name of Object.keys(table.required)) {
    const misspelt = Object.keys(value).find((other) => other !== name && folded(other) === folded(name))
    // A name that is merely written otherwise is a matter of names and judged below.
    if (misspelt === undefined) say(table.point, `required properties of ${table.name}`, Object.hasOwn(value, name), `${name} is missing`)
  }
  for (const [name, kind] of Object.entries(known)) if (Object.hasOwn(value, name)) judgeValue(table, name, kind, value[name], say)
  for (const name of Object.keys(value)) if (!Object.hasOwn(known, name)) judgeUnknown(table, name, Object.keys(known), say)
  say('T18', `property names of ${table.name}`, true)
}

function judgeUnknown(table: Table, name: string, known: readonly string[], say: Say): void {
  const meant = known.find((other) => folded(other) === folded(name))
  if (meant !== undefined) say('T18', `property names of ${table.name}`, false, `"${name.slice(0, 100)}" instead of "${meant}"`)
  else say('T40', 'names of custom properties', /^[a-z0-9_]{3,250}$/.test(name), `"${name.slice(0, 100)}" in ${table.name}: a-z, 0-9 and _, 3 to 250 of them`)
}

function judgeValue(table: Table, name: string, kind: Kind, value: unknown, say: Say): void {
  const right = RIGHT[kind](value)
  say(table.point, `types of ${table.name}`, right, `${name} is not ${NAMES[kind]}`)
  if (kind === 'timestamp' && right) say('T16', `timestamps of ${table.name}`, isTimestamp(value), `${name} is ${JSON.stringify(value).slice(0, 80)}`)
  if (kind === 'uuid' && right) say('T17', `ids of ${table.name}`, UUID4.test(String(value)), `${name} is ${JSON.stringify(value).slice(0, 80)}`)
  if (kind === 'integer' && right)
    say('T17', 'integers lie within 54 bits', Number.isSafeInteger(value), `${name} of ${table.name} is ${JSON.stringify(value).slice(0, 40)}`)
  if (Array.isArray(value)) say('T17', 'no list is empty', value.length > 0, `${name} of ${table.name}`)
}

const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const RIGHT: Record<Kind, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  timestamp: (value) => typeof value === 'string',
  uuid: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  texts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  list: (value) => Array.isArray(value) && value.every((item) => asObject(item) !== undefined),
  dictionary: (value) => asObject(value) !== undefined,
}
const NAMES: Record<Kind, string> = {
  text: 'a string',
  timestamp: 'a string',
  uuid: 'a string',
  boolean: 'a boolean',
  integer: 'an integer',
  texts: 'a list of strings',
  list: 'a list of objects',
  dictionary: 'an object',
}

/** Without case and signs: what somebody who misspells a name keeps. `display_name` and `name` are known to stand for `title`. */
function folded(name: string): string {
  const plain = name
    .slice(0, 300)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
  return plain === 'displayname' ? 'title' : plain
}
