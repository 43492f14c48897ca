import { Answers } from '#program/membership/applications/contract.ts'
import type { Own } from './own-application.ts'

/** What stands in the form: whatever was typed, finished or not. */
export type Form = Readonly<Record<string, unknown>>

/** One page of the form, and the parts of the answers that it asks for. */
export interface Section {
  readonly id: string
  readonly title: string
  readonly parts: readonly string[]
}

const COMMON_END: readonly Section[] = [
  { id: 'people', title: 'People', parts: ['roleAddress', 'contacts'] },
  { id: 'evidence', title: 'Evidence', parts: [] },
  { id: 'send', title: 'Review and send', parts: ['hasReadTheTerms'] },
]
const SECTIONS: Readonly<Record<Own['kind'], readonly Section[]>> = {
  vendor: [
    { id: 'organisation', title: 'Organisation', parts: ['organisation'] },
    { id: 'products', title: 'Products', parts: ['products'] },
    { id: 'use', title: 'Use of the data', parts: ['dataUse', 'expects', 'formats'] },
    { id: 'example', title: 'Worked example', parts: ['workedExample'] },
    { id: 'statements', title: 'Statements', parts: ['disclosurePolicy', 'sellsAttackTools', 'canUseInterface', 'agreesToBeNamed', 'references'] },
    ...COMMON_END,
  ],
  responder: [
    { id: 'organisation', title: 'Organisation', parts: ['organisation'] },
    { id: 'responder', title: 'Whom you respond for', parts: ['responder', 'constituency', 'contributes'] },
    { id: 'use', title: 'Use of the data', parts: ['dataUse', 'agreesToBeNamed'] },
    ...COMMON_END,
  ],
}

export const sectionsOf = (kind: Own['kind']): readonly Section[] => SECTIONS[kind]

/** What is missing or does not fit yet, as JSON Pointer into the form and message: the same check that the server makes. */
export function faultsOf(form: Form, kind: Own['kind']): readonly { readonly field: string; readonly message: string }[] {
  const parsed = Answers.safeParse({ ...form, kind })
  if (parsed.success) return []
  return parsed.error.issues.map(({ path, message }) => ({ field: `/${path.map(String).join('/')}`, message: plain(message) }))
}

const plain = (message: string): string => (message.startsWith('Invalid input') ? 'this is still missing' : message)

/** Faults of one page. */
export function faultsIn(faults: ReturnType<typeof faultsOf>, { parts }: Section): ReturnType<typeof faultsOf> {
  return faults.filter(({ field }) => parts.includes(field.split('/')[1] ?? ''))
}

export const textAt = (value: unknown, key: string): string => {
  const found = (value as Form | undefined)?.[key]
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : ''
}
export const listAt = (value: unknown, key: string): readonly unknown[] => {
  const found = (value as Form | undefined)?.[key]
  return Array.isArray(found) ? found : []
}
export const partAt = (value: unknown, key: string): Form => {
  const found = (value as Form | undefined)?.[key]
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Form) : {}
}
export const saidAt = (value: unknown, key: string): boolean | undefined => {
  const found = (value as Form | undefined)?.[key]
  return typeof found === 'boolean' ? found : undefined
}

/** A number as soon as it is one; until then what was typed. */
export const numberOf = (typed: string): number | string => (/^\d{1,15}$/.test(typed.trim()) ? Number(typed.trim()) : typed)

/** Words between commas or spaces, in capitals: codes of countries. */
export const codesOf = (typed: string): string[] =>
  typed
    .toUpperCase()
    .split(/[\s,;]+/)
    .filter(Boolean)
/** Lines that are not empty. */
export const linesOf = (typed: string): string[] =>
  typed
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
