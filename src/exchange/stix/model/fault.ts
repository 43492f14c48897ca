import { pointerToken } from '#platform/http/strict-json.ts'

/** What is wrong with a value: where, as a JSON Pointer from that value ('' is the value itself), and what. */
export interface Fault {
  readonly path: string
  readonly message: string
}

/** Judges a value; undefined when it is good. Checks are made once and cost nothing but their run. */
export type Check = (value: unknown) => Fault | undefined

/** Judges how the properties of one object fit together. */
export type Rule = (object: Record<string, unknown>) => Fault | undefined

export function fault(message: string, property?: string): Fault {
  return { path: property === undefined ? '' : `/${pointerToken(property)}`, message }
}

/** The fault of a part as one of the whole. */
export function within(step: string | number, { path, message }: Fault): Fault {
  return { path: `/${pointerToken(step)}${path}`, message }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
