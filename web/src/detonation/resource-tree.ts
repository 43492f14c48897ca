import type { PageReport } from '#scanner/detonation/page/page-report.ts'

export type Resource = PageReport['resources'][number]

/** Places of what each resource asked for, in their order; under undefined stand those that nothing in the list asked for before them. Pure. */
export function childrenOf(resources: readonly Resource[]): ReadonlyMap<number | undefined, readonly number[]> {
  // A parent comes before its children, so that no circle can arise, whatever a page says.
  const parentOf = (place: number) => {
    const { parent } = resources[place]!
    return parent !== undefined && parent < place ? parent : undefined
  }
  return Map.groupBy(resources.keys(), parentOf)
}
