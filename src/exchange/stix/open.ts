/** What stands of one member's versions of one object. */
export interface Standing {
  readonly id: string
  readonly object: string
  /** Whether its marking lets members see it. */
  readonly community: boolean
  /** Ids of the objects without which members are not shown it (V11). */
  readonly refs: readonly string[]
}

/**
 * Ids of the contributions that members see: those marked for them all of whose references lead to an object that members see,
 * in turn; `outside` are objects that they see whatever becomes of those given. Objects that refer to one another stand or fall together. Pure; linear in
 * the references.
 */
export function openOnes(standing: readonly Standing[], outside: ReadonlySet<string>): Set<string> {
  const open = new Map(standing.filter(({ community }) => community).map((one) => [one.id, one]))
  const left = new Map<string, number>()
  const pointing = new Map<string, Standing[]>()
  for (const one of open.values()) {
    left.set(one.object, (left.get(one.object) ?? 0) + 1)
    for (const ref of new Set(one.refs))
      pointing
        .set(ref, pointing.get(ref) ?? [])
        .get(ref)!
        .push(one)
  }
  const closed = [...pointing.keys()].filter((ref) => !left.has(ref) && !outside.has(ref))
  for (const object of closed) {
    for (const one of pointing.get(object) ?? []) {
      if (!open.delete(one.id)) continue
      const others = left.get(one.object)! - 1
      left.set(one.object, others)
      if (others === 0 && !outside.has(one.object)) closed.push(one.object)
    }
  }
  return new Set(open.keys())
}
