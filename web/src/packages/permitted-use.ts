import type { PermittedUse } from '#program/packages/contract.ts'

/** The clause with one of its terms set. */
export function withTerm(use: PermittedUse, path: string, term: PermittedUse['deploy']['ownFleet']): PermittedUse {
  const [group, key] = path.split('.') as ['deploy', 'ownFleet']
  return { ...use, [group]: { ...use[group], [key]: term } }
}
