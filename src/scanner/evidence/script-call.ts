import type { Shown } from '#scanner/formats/javascript/recorder.ts'
import type { FactOf, Fact } from '#scanner/intake/fact.ts'
import { at, shown, type About, type Evidence, type Judged } from './evidence.ts'
import type { Proof } from '#scanner/verdict/finding.ts'

/** What a script did, and the bytes of the heap spray of the same run. */
export type Call = FactOf<'script-run'>['calls'][number] & { readonly sprayed: number }
export type ShownText = Extract<Shown, { type: 'text' }>

/** Evidence that judges what scripts did with the functions or members of one name; the same finding of one document is said once. */
export function perCall(about: About, name: string, judge: (call: Call) => Judged | undefined): Evidence {
  return {
    ...about,
    judge: (facts) => {
      const found = callsOf(facts).flatMap((call) => (call.call.name === name ? (judge(call) ?? []) : []))
      return [...new Map(found.map((one) => [JSON.stringify([one.kind, one.proof]), { id: about.id, ...one }])).values()]
    },
  }
}

/** Everything that scripts did. */
export function callsOf(facts: readonly Fact[]): Call[] {
  return facts.flatMap((fact) => (fact.kind === 'script-run' ? fact.calls.map((call) => ({ ...call, sprayed: fact.spray.bytes })) : []))
}

/** A value that is a text, or that of a member of an object. */
export function textOf(value: Shown | undefined, member?: string): ShownText | undefined {
  const found = member !== undefined && value?.type === 'object' && Object.hasOwn(value.members, member) ? value.members[member] : value
  return found?.type === 'text' ? found : undefined
}

export function numberOf(value: Shown | undefined): number | undefined {
  return value?.type === 'number' ? value.value : undefined
}

/** The place of a call as a proof says it: the object of the PDF, and in the field the character of its script. */
export function callProof(fact: Call, what: string, value: string | number, limit?: number): Proof {
  const { name, at: place, fed } = fact.call
  const where = fed ? `code made at its character ${place}` : `its character ${place}`
  return {
    ...at(fact),
    field: `${name}, ${what} (script, ${where})`,
    value: typeof value === 'string' ? shown(value) : value,
    ...(limit !== undefined && { limit }),
  }
}

/** Characters as the escapes by which scripts write them: %u0c0c. */
export function escaped(text: string): string {
  return Array.from({ length: text.length }, (_, i) => `%u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')
}

/** A text of a call as a proof shows it: what it repeats where it repeats something, else its beginning. */
export function shownText({ head, unit, length }: ShownText): string {
  return shown(unit === undefined ? head : `${length} characters that repeat ${escaped(unit)}`)
}
