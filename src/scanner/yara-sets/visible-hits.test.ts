import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import { TLP_LABELS, type TlpLabel } from '#program/packages/contract.ts'
import { tellingOf, type Reader } from './entitled.ts'
import type { SetResult, SetResults } from './results.ts'
import { groupsOf, rulesFor, type StandingSet } from './rules-for.ts'
import { RESTRICTED, visibleHits, type TellableSet } from './visible-hits.ts'
import type { YaraSetId } from './yara-set.ts'

const OPERATOR = 'operator' as OperatorId
const [ONE, TWO, THREE] = ['one', 'two', 'three'] as OrganisationId[] as [OrganisationId, OrganisationId, OrganisationId]
const credential = { kind: 'session', id: 's' as never, method: 'passkey' } as const
const contact = (organisation: OrganisationId): PersonActor => ({
  kind: 'contact',
  person: 'p' as PersonId,
  organisation,
  organisationKind: 'vendor',
  roles: ['analyst'],
  credential,
})
const member = (organisation: OrganisationId, active = true): Reader => ({ actor: contact(organisation), readsWith: new Set(active ? [OPERATOR] : []) })
const staff = (operator: OperatorId): Reader => ({
  actor: { kind: 'operator', person: 'p' as PersonId, operator, roles: ['analyst'], credential },
  readsWith: new Set(),
})

describe('what somebody who sees a submission learns of a match', () => {
  const marked = (tlp: TlpLabel, owner: OrganisationId | null = TWO) => ({ operator: OPERATOR, owner, tlp })
  it.each<[TlpLabel, string, string, string]>([
    ['CLEAR', 'rule', 'result', 'rule'],
    ['GREEN', 'rule', 'result', 'rule'],
    ['AMBER', 'rule', 'result', 'rule'],
    ['AMBER+STRICT', 'result', 'result', 'rule'],
    ['RED', 'nothing', 'nothing', 'rule'],
  ])('of a rule marked %s of another member: a member %s, one whose membership is not in force %s, owner and operator %s', (tlp, active, lapsed, full) => {
    expect(tellingOf(member(ONE), marked(tlp))).toBe(active)
    expect(tellingOf(member(ONE), marked(tlp, null))).toBe(active)
    expect(tellingOf(member(ONE, false), marked(tlp))).toBe(lapsed)
    for (const reader of [member(TWO), member(TWO, false), staff(OPERATOR)]) expect(tellingOf(reader, marked(tlp))).toBe(full)
    expect(tellingOf(staff('another' as OperatorId), marked(tlp))).not.toBe('rule')
  })

  it('of a rule with a marking that is not known is nothing, but for owner and operator', () => {
    expect(tellingOf(member(ONE), marked('PURPLE' as TlpLabel))).toBe('nothing')
  })
})

interface World {
  readonly results: SetResults
  readonly sets: readonly TellableSet[]
}

/** Everything of the set named so holds its canary. */
const canary = (n: number) => `canary${n}x`
const digest = (n: number) => String(n).repeat(64).slice(0, 64)
const setId = (n: number) => `set-${n}` as YaraSetId

const arbitrarySet = fc.record({
  owner: fc.constantFrom(null, ONE, TWO, THREE),
  tlp: fc.constantFrom(...TLP_LABELS),
  shown: fc.boolean(),
  matches: fc.array(fc.record({ technique: fc.boolean(), path: fc.nat(3) }), { maxLength: 3 }),
  ended: fc.boolean(),
  more: fc.boolean(),
})
type Arbitrary = typeof arbitrarySet extends fc.Arbitrary<infer T> ? T : never

function worldOf(drawn: readonly Arbitrary[]): World {
  const results = drawn.map(({ owner, tlp, matches, ended, more }, n): SetResult => ({
    set: setId(n),
    operator: OPERATOR,
    owner,
    tlp,
    version: 1,
    sha256: digest(n),
    matches: ended
      ? []
      : matches.map(({ technique, path }) => ({
          set: setId(n),
          rule: canary(n),
          tags: [canary(n)],
          meta: { description: canary(n), cve: 'CVE-2017-11882', attack: 'T1059', ...(technique && { kind: 'technique' }) },
          path: `/${canary(n)}${path}`,
          places: [{ pattern: `$${canary(n)}`, offset: path, length: 1 }],
        })),
    more: more && !ended,
    ended: ended ? { code: 'crash', detail: canary(n) } : null,
  }))
  const sets = drawn.map(({ owner, tlp, shown }, n) => ({ set: setId(n), operator: OPERATOR, owner, tlp, name: shown ? canary(n) : undefined }))
  return { results: { own: { sha256: digest(9), matched: false, ended: null }, sets: results }, sets }
}

const readers = fc.constantFrom(member(ONE), member(ONE, false), staff(OPERATOR))
const tell = ({ results, sets }: World, reader: Reader) => JSON.stringify(visibleHits(results, sets, reader))
const worlds = fc.array(arbitrarySet, { maxLength: 5 })

describe('what is shown of matches', () => {
  it('holds nothing of a set that the reader may not know, and all of one that the reader may', () => {
    let told = 0
    fc.assert(
      fc.property(worlds, readers, (drawn, reader) => {
        const world = worldOf(drawn)
        const text = tell(world, reader)
        for (const [n, set] of world.sets.entries()) {
          const known = tellingOf(reader, set) === 'rule' && set.name !== undefined
          expect(text.includes(canary(n)) || text.includes(`"sha256":"${digest(n)}"`)).toBe(known)
          told += Number(known)
        }
      }),
    )
    // Control: the search finds what is told.
    expect(told).toBeGreaterThan(0)
  })

  it('is byte for byte the same with and without RED sets that the reader may not know', () => {
    let changed = 0
    fc.assert(
      fc.property(worlds, (drawn) => {
        const { results, sets } = worldOf(drawn)
        const without = new Set(sets.filter(({ tlp, owner }) => tlp === 'RED' && owner !== ONE).map(({ set }) => set))
        const smaller = { results: { ...results, sets: results.sets.filter(({ set }) => !without.has(set)) }, sets }
        expect(tell({ results, sets }, member(ONE))).toBe(tell(smaller, member(ONE)))
        changed += Number(tell({ results, sets }, staff(OPERATOR)) !== tell(smaller, staff(OPERATOR)))
      }),
    )
    // Control: to the operator, who may know them, the worlds differ.
    expect(changed).toBeGreaterThan(0)
  })

  it('does not tell which, how many, whose or where hidden rules match, only that one does', () => {
    const hidden = (owner: OrganisationId, matches: Arbitrary['matches']): Arbitrary => ({
      owner,
      tlp: 'AMBER+STRICT',
      shown: false,
      matches,
      ended: false,
      more: false,
    })
    const match = (path: number) => ({ technique: false, path })
    const one = tell(worldOf([hidden(TWO, [match(1)])]), member(ONE))
    for (const other of [
      [hidden(THREE, [match(2)])],
      [hidden(TWO, [match(1), match(2)]), hidden(THREE, [match(3)])],
      [hidden(TWO, []), hidden(THREE, [match(0)])],
    ])
      expect(tell(worldOf(other), member(ONE))).toBe(one)
    expect(JSON.parse(one)).toMatchObject({ rules: [{ name: 'vedette' }], findings: [{ kind: 'note', summary: RESTRICTED, attack: [] }], notChecked: [] })
    // Controls: nothing is said where none matches, and the operator is told apart which does.
    expect(JSON.parse(tell(worldOf([hidden(TWO, [])]), member(ONE)))).toMatchObject({ findings: [] })
    const toStaff = (matches: Arbitrary['matches']) => tell(worldOf([{ ...hidden(TWO, matches), shown: true }]), staff(OPERATOR))
    expect(toStaff([match(1)])).not.toBe(toStaff([match(2)]))
  })

  it('leaves out what the database shows no row for, whatever the results hold', () => {
    const { results, sets } = worldOf([{ owner: null, tlp: 'CLEAR', shown: true, matches: [{ technique: true, path: 0 }], ended: false, more: false }])
    expect(visibleHits(results, [], staff(OPERATOR)).findings).toEqual([])
    expect(visibleHits(results, sets, staff(OPERATOR)).findings).toMatchObject([{ kind: 'technique', tlp: 'CLEAR' }])
  })
})

describe('the sets that meet a submission', () => {
  const set = (id: string, more: Partial<StandingSet> = {}): StandingSet => ({
    id: id as YaraSetId,
    operator: OPERATOR,
    owner: TWO,
    ownerActive: true,
    enabled: true,
    tlp: 'AMBER',
    version: 1,
    sha256: digest(1),
    ...more,
  })
  const submission = { operator: OPERATOR, organisation: ONE, tlp: 'AMBER+STRICT' } as const
  const ids = (subject: Parameters<typeof rulesFor>[0], sets: StandingSet[]) => rulesFor(subject, sets).map(({ id }) => id)

  it('are the enabled ones of its operator and of members in force, whatever their marking, in a fixed order', () => {
    const sets = [
      set('b', { tlp: 'RED' }),
      set('a'),
      set('own', { owner: null }),
      set('off', { enabled: false }),
      set('lapsed', { ownerActive: false }),
      set('elsewhere', { operator: 'another' as OperatorId, owner: null }),
    ]
    expect(ids(submission, sets)).toEqual(['own', 'a', 'b'])
    expect(ids(submission, sets.toReversed())).toEqual(['own', 'a', 'b'])
  })

  it('are for a RED submission those of its operator and its own organisation', () => {
    const sets = [set('theirs'), set('ours', { owner: ONE }), set('operator', { owner: null })]
    expect(ids({ ...submission, tlp: 'RED' }, sets)).toEqual(['operator', 'ours'])
    expect(ids({ ...submission, organisation: null, tlp: 'RED' }, sets)).toEqual(['operator'])
    // Control: any other marking lets them meet.
    expect(ids(submission, sets)).toEqual(['operator', 'ours', 'theirs'])
  })

  it('share a process with those for the same people only', () => {
    const names = (sets: readonly StandingSet[]) => sets.map(({ id }) => id)
    const { open, closed } = groupsOf([
      set('a'),
      set('b', { tlp: 'RED' }),
      set('c', { tlp: 'AMBER+STRICT' }),
      set('d', { owner: THREE, tlp: 'RED' }),
      set('e', { owner: null, tlp: 'CLEAR' }),
    ])
    expect([names(open), ...closed.map(names)]).toEqual([['a', 'e'], ['c'], ['b'], ['d']])
  })
})
