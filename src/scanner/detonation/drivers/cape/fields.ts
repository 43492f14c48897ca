/** Reads of a hostile report: whatever stands there, it is of the expected kind and length, or absent. */
export type Fields = Readonly<Record<string, unknown>>

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

/** At most `most` items. */
export function listOf(value: unknown, most: number): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, most) : []
}

/** Text of at most `most` characters; absent where there is none. */
export function textOf(value: unknown, most: number): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, most) : undefined
}

/** A whole number, also where it is written as text, decimal or with 0x; absent where it is none or not exact. */
export function numberOf(value: unknown): number | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && /^(0x[0-9a-f]{1,13}|\d{1,15})$/i.test(value.trim()) ? Number(value) : Number.NaN
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

/** An address as the schema writes it. */
export function addressOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{1,16}$/i.test(value)) return undefined
  return `0x${BigInt(value).toString(16)}`
}

/** CAPE's local time, such as `2026-11-26 11:20:31,123`, in milliseconds of any epoch: only differences are meant. */
export function instantOf(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:[,.](\d{1,6}))?$/.exec(value) : null
  if (!match) return undefined
  const at = Date.parse(`${match[1]}T${match[2]}Z`)
  return Number.isNaN(at) ? undefined : at + Number(`0.${match[3] ?? '0'}`) * 1000
}

/** The same without what is absent, which a strict schema would refuse. */
export function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T
}
