import { canonicalJson } from '#platform/audit/canonical-json.ts'

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Something that is in one of two contents and not, or otherwise, in the other. */
export interface Difference {
  /** The field, then what tells members of a list apart, then the field of that member and so on. */
  readonly place: readonly string[]
  readonly kind: 'added' | 'removed' | 'changed'
  readonly before: Json
  readonly after: Json
}

/** What tells members of a list apart, the first that all of them have and no two share. */
const KEYS = ['cve', 'id', 'object', 'url', 'version', 'vector', 'title', 'name', 'text'] as const

/**
 * The differences of two contents, field by field: members of lists are matched by what names them, so that an entry in between does
 * not make everything after it different. Order alone is no difference. Pure.
 */
export function differences(before: unknown, after: unknown): Difference[] {
  return compare([], before as Json | undefined, after as Json | undefined)
}

function compare(place: readonly string[], before: Json | undefined, after: Json | undefined): Difference[] {
  if (before === undefined && after === undefined) return []
  if (before === undefined) return [{ place, kind: 'added', before: null, after: after! }]
  if (after === undefined) return [{ place, kind: 'removed', before, after: null }]
  if (isList(before) && isList(after)) return compareLists(place, before, after)
  if (isRecord(before) && isRecord(after)) return compareRecords(place, before, after)
  return canonicalJson(before) === canonicalJson(after) ? [] : [{ place, kind: 'changed', before, after }]
}

function compareRecords(place: readonly string[], before: Readonly<Record<string, Json>>, after: Readonly<Record<string, Json>>): Difference[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  const own = (record: Readonly<Record<string, Json>>, name: string) => (Object.hasOwn(record, name) ? record[name] : undefined)
  return [...names].flatMap((name) => compare([...place, name], own(before, name), own(after, name)))
}

function compareLists(place: readonly string[], before: readonly Json[], after: readonly Json[]): Difference[] {
  const nameOf = namer(before, after)
  const [old, fresh] = [byName(before, nameOf), byName(after, nameOf)]
  const gone = [...old]
    .filter(([name]) => !fresh.has(name))
    .map(([name, value]): Difference => ({ place: [...place, name], kind: 'removed', before: value, after: null }))
  const others = [...fresh].flatMap(([name, value]) => compare([...place, name], old.get(name), value))
  return [...gone, ...others]
}

/** By a field that names every member of both lists, or else by what a member is. */
function namer(before: readonly Json[], after: readonly Json[]): (value: Json) => string {
  const key = KEYS.find((name) => [before, after].every((list) => namesAll(list, name)))
  return (value) => (key === undefined ? undefined : textAt(value, key)) ?? (typeof value === 'string' ? value : canonicalJson(value))
}

function namesAll(list: readonly Json[], name: string): boolean {
  const names = list.map((value) => textAt(value, name))
  return names.every((each) => each !== undefined) && new Set(names).size === names.length
}

function textAt(value: Json, name: string): string | undefined {
  const field = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return typeof field === 'string' ? field : undefined
}

function byName(list: readonly Json[], nameOf: (value: Json) => string): Map<string, Json> {
  const named = new Map<string, Json>()
  const times = new Map<string, number>()
  for (const value of list) {
    const own = nameOf(value)
    let n = (times.get(own) ?? 0) + 1
    let name = n === 1 ? own : `${own} (${n})`
    while (named.has(name)) name = `${own} (${++n})`
    times.set(own, n)
    named.set(name, value)
  }
  return named
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
const isRecord = (value: Json): value is { readonly [key: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value)
