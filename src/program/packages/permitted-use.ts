import type { PermittedUseTerm } from '#program/packages/contract.ts'

/** Whether a term of the permitted-use clause allows at an instant: a term with an instant allows from then on (program.md, 6.3). */
export function isPermitted(term: PermittedUseTerm, now: Date): boolean {
  if (typeof term === 'object') return now.getTime() >= Date.parse(term.allowFrom)
  return term === 'allow'
}
