import fc from 'fast-check'
import type { JsonSchema } from '#platform/http/openapi.ts'

/** Texts that have broken parsers, queries, pages and file names elsewhere; all of them JSON can carry. */
const NAUGHTY = [
  '',
  ' ',
  '\t\n',
  '0',
  '-1',
  '1e309',
  'null',
  'undefined',
  'NaN',
  'true',
  '__proto__',
  'constructor',
  "' or 1=1 --",
  '"; drop table person; --',
  '$1',
  '%00',
  '%s%n',
  '../../../etc/passwd',
  '\\\\host\\share',
  'CON',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '${7*7}',
  '=cmd|calc!A0',
  'ÅÄÖ é e\u0301 ﬀ',
  '\u202Egnp.exe',
  '\u200B\uFEFF',
  '\uFFFF\uFFFE',
  '🏳️‍🌈👩‍👩‍👧‍👦',
  'a'.repeat(3000),
  '🛡️'.repeat(600),
  '0193b0c8-1111-7222-8333-444455556666',
  '2026-11-22T12:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
  '-271821-04-20T00:00:00.000Z',
  'operator@example.org',
]

const hostile = fc.oneof(
  fc.constantFrom(...NAUGHTY),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(0, -1, 1.5, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1e300, -0),
  fc.constantFrom(null, true, false, [], {}, [[]], [null], { a: { b: { c: 1 } } }),
)

/** Values that a schema accepts, and every sixth part of them replaced by something it may not. */
export function arbitraryOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 5, arbitrary: fitting(schema) }, { weight: 1, arbitrary: hostile })
}

interface Shape {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
}

function fitting(schema: JsonSchema): fc.Arbitrary<unknown> {
  const shape = schema as Shape
  if (shape.const !== undefined) return fc.constant(shape.const)
  if (shape.enum) return fc.constantFrom(...shape.enum)
  const forms = shape.anyOf ?? shape.oneOf
  if (forms) return fc.oneof(...forms.map(arbitraryOf))
  switch (shape.type) {
    case 'string':
      return text(shape)
    case 'integer':
    case 'number':
      return fc.integer({ min: Math.max(shape.minimum ?? -1000, -1e9), max: Math.min(shape.maximum ?? 1000, 1e9) })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(shape.items ? arbitraryOf(shape.items) : hostile, {
        minLength: shape.minItems ?? 0,
        maxLength: Math.min(shape.maxItems ?? 4, (shape.minItems ?? 0) + 4),
      })
    case 'object':
      return object(shape)
    default:
      return hostile
  }
}

function object({ properties = {}, required = [], additionalProperties }: Shape): fc.Arbitrary<unknown> {
  const known = Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, arbitraryOf(property)]))
  const named = fc.record(known, { requiredKeys: Object.keys(known).filter((name) => required.includes(name)) })
  const others = typeof additionalProperties === 'object' && additionalProperties !== null ? fitting(additionalProperties) : hostile
  // One request in a few also says what nobody asked for: ids, roles and owners of other things.
  const extra = fc.dictionary(fc.constantFrom('id', 'role', 'roles', 'operatorId', 'operator_id', 'personId', 'admin', 'toString'), others, { maxKeys: 2 })
  return fc.oneof({ weight: 3, arbitrary: named }, { weight: 1, arbitrary: fc.tuple(extra, named).map(([more, body]) => ({ ...more, ...(body as object) })) })
}

function text({ format, pattern, minLength = 0, maxLength = 100 }: Shape): fc.Arbitrary<string> {
  if (format === 'date-time') return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31T23:59:59Z') }).map((date) => date.toISOString())
  if (pattern !== undefined && /^\^[\w\\[\]{}\-,:.+$()?TZ|]*\$?$/.test(pattern)) return fc.oneof(fc.stringMatching(new RegExp(pattern)), fc.uuid())
  return fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, Math.min(maxLength, minLength + 100)) })
}

/** Paths of fields in a value that its schema does not name; empty when the answer holds only what was declared. */
export function undeclared(value: unknown, schema: JsonSchema, at = ''): string[] {
  const { properties, additionalProperties, items, anyOf, oneOf } = schema as Shape
  const forms = anyOf ?? oneOf
  if (forms) return forms.map((form) => undeclared(value, form, at)).reduce((best, found) => (found.length < best.length ? found : best))
  if (Array.isArray(value)) return items ? value.flatMap((entry, index) => undeclared(entry, items, `${at}/${index}`)) : []
  if (typeof value !== 'object' || value === null || !properties) return []
  return Object.entries(value).flatMap(([name, entry]) => {
    const property = properties[name]
    if (property) return undeclared(entry, property, `${at}/${name}`)
    return additionalProperties === undefined || additionalProperties === false ? [`${at}/${name}`] : []
  })
}
