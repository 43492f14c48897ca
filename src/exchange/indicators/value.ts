import { isIPv4 } from 'node:net'
import { isEitherOf, literalsOf } from '#exchange/stix/patterns/literals.ts'
import { parsePattern } from '#exchange/stix/patterns/parse.ts'

/** Something observable in its normal form: what makes two spellings one value. */
export interface Value {
  readonly kind: 'sha256' | 'sha1' | 'md5' | 'url' | 'domain' | 'ipv4'
  readonly text: string
}

const HASH_KINDS = { 64: 'sha256', 40: 'sha1', 32: 'md5' } as const
const DOMAIN = /^(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/

/** The kind of a value is decided by the value itself; undefined for what is none of the six. */
export function readValue(text: string): Value | undefined {
  const trimmed = text.trim()
  const lower = trimmed.toLowerCase()
  const hash = HASH_KINDS[lower.length as keyof typeof HASH_KINDS]
  if (hash && /^[0-9a-f]+$/.test(lower)) return { kind: hash, text: lower }
  if (isIPv4(trimmed)) return { kind: 'ipv4', text: trimmed }
  if (trimmed.includes('://')) return URL.canParse(trimmed) ? { kind: 'url', text: new URL(trimmed).href } : undefined
  const domain = lower.replace(/\.$/, '')
  return DOMAIN.test(domain) ? { kind: 'domain', text: domain } : undefined
}

const PATHS: Readonly<Record<string, Value['kind']>> = {
  'file:hashes.sha-256': 'sha256',
  'file:hashes.sha-1': 'sha1',
  'file:hashes.md5': 'md5',
  'url:value': 'url',
  'domain-name:value': 'domain',
  'ipv4-addr:value': 'ipv4',
}

/** Longest pattern that is read for its values. */
const LONGEST_PATTERN = 20_000

/**
 * The values each of which matches the pattern by itself: one observation of comparisons for equality joined by OR, as in
 * `[file:hashes.MD5 = '…' OR file:hashes.'SHA-256' = '…']`. None for every other pattern, and for values that do not have the
 * kind that the pattern says.
 */
export function valuesOf(pattern: string): Value[] {
  if (pattern.length > LONGEST_PATTERN) return []
  const parsed = parsePattern(pattern)
  if ('fault' in parsed || !isEitherOf(parsed.pattern)) return []
  return literalsOf(parsed.pattern).flatMap(({ type, path, value }) => {
    const found = readValue(value)
    return found && found.kind === PATHS[`${type}:${path.join('.').toLowerCase()}`] ? [found] : []
  })
}
