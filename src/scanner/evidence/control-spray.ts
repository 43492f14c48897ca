import type { Fact, FactOf } from '#scanner/intake/fact.ts'
import type { Finding } from '#scanner/verdict/finding.ts'
import type { Evidence } from './evidence.ts'
import { SPRAY_BYTES } from './heap-spray.ts'

const ID = 'control-spray'
const FEWEST = 16
/** The state of a control that a document has use for is shorter. */
const SHORTEST_STATE = 64 * 1024
const LONGEST_RELATIONS = 4096
const BINARY = '/activeXControlBinary'

/** Controls by the dozen that all load the same long state: the memory of the program is filled with it, so that a wrong address leads into it. */
export const controlSpray: Evidence = {
  id: ID,
  requires: [
    `at least ${FEWEST} ActiveX controls of an Office document (relationships activeXControlBinary) with the same state`,
    `the state is at least ${SHORTEST_STATE / 1024} KiB long, and all of them come to ${SPRAY_BYTES / 2 ** 20} MiB`,
  ],
  source: 'ECMA-376 part 1, 15.2.1 (ActiveX); Microsoft SRD blog of 2013-11-05 on CVE-2013-3906',
  judge: (facts) => {
    const states = statesOf(facts)
    const loads = loadsOf(facts)
    const groups = new Map<FactOf<'part'>, number>()
    for (const path of loads) {
      const state = states.get(path)
      if (state) groups.set(state, (groups.get(state) ?? 0) + 1)
    }
    return [...groups].flatMap(([state, times]) => finding(state, times))
  },
}

function finding({ path, bytes }: FactOf<'part'>, times: number): Finding[] {
  if (times < FEWEST || bytes.length * times < SPRAY_BYTES) return []
  return [
    {
      id: ID,
      kind: 'technique',
      severity: 'high',
      summary: `${times} controls load the same state of ${bytes.length} bytes, which fills the memory of the program.`,
      attack: ['T1203'],
      proof: [
        { path, offset: 0, length: bytes.length, field: 'controls with this state', value: times, limit: FEWEST },
        { path, field: 'bytes in memory', value: bytes.length * times, limit: SPRAY_BYTES },
      ],
    },
  ]
}

/** The long parts of the documents by their paths, each led to the first of the same bytes. */
function statesOf(facts: readonly Fact[]): ReadonlyMap<string, FactOf<'part'>> {
  const states = new Map<string, FactOf<'part'>>()
  const firsts = new Map<number, FactOf<'part'>[]>()
  for (const fact of facts) {
    if (fact.kind !== 'part' || fact.via !== 'zip-entry' || fact.bytes.length < SHORTEST_STATE) continue
    const known = firsts.get(fact.bytes.length) ?? []
    const same = known.find(({ bytes }) => bytes.equals(fact.bytes))
    if (!same && known.length < 8) firsts.set(fact.bytes.length, [...known, fact])
    states.set(fact.path, same ?? fact)
  }
  return states
}

/** The paths of the states that controls load. Relationship parts of the same bytes are opened once, and each of them loads. */
function loadsOf(facts: readonly Fact[]): string[] {
  const relations = facts.filter((fact) => fact.kind === 'part' && fact.path.endsWith('.rels') && fact.bytes.length <= LONGEST_RELATIONS)
  const bytesOf = new Map(relations.map((fact) => [fact.path, (fact as FactOf<'part'>).bytes.toString('latin1')]))
  const same = Map.groupBy(bytesOf.keys(), (path) => bytesOf.get(path)!)
  return facts.flatMap((fact) => {
    if (fact.kind !== 'relationship' || fact.external || !fact.type.endsWith(BINARY)) return []
    return (same.get(bytesOf.get(fact.path) ?? '') ?? [fact.path]).map((path) => resolve(path, fact.target))
  })
}

/** The path of the part that a relationship leads to, from `.../activeX/_rels/activeX1.xml.rels`. */
function resolve(path: string, target: string): string {
  const cut = path.lastIndexOf('!/')
  const outer = cut === -1 ? '' : path.slice(0, cut + 1)
  const inner = path.slice(outer.length)
  if (target.startsWith('/')) return outer + target
  const steps = inner.split('/').slice(0, -2)
  for (const step of target.split('/', 64)) {
    if (step === '..') steps.pop()
    else if (step !== '.') steps.push(step)
  }
  return outer + steps.join('/')
}
