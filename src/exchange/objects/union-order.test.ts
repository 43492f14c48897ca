import { describe, expect, it } from 'vitest'
import { afterAll, comparePlaces, listObject, type MemberEntry, type MemberRemoval } from '#exchange/objects/union-order.ts'

const ALL = { all: true } as const
const LAST = { all: false, first: false, last: true, at: [] } as const
const FIRST = { all: false, first: true, last: false, at: [] } as const

/** The version `at` of one object by one contributor, at a position in a collection. */
function entry(collection: string, position: number, at: number, by: string | null = 'x', more: Partial<MemberEntry> = {}): MemberEntry {
  return {
    collection_id: collection,
    position,
    organisation_id: by as MemberEntry['organisation_id'],
    object_id: 'indicator--1',
    version: String(at),
    version_at: String(at),
    versioned: true,
    oldest: true,
    newest: true,
    shown_since: position,
    late: false,
    tlp: 'GREEN',
    block_id: 'b',
    start: 0,
    size: 1,
    embargo_id: null,
    ...more,
  }
}

const taken = (collection: string, position: number): MemberRemoval => ({ collection_id: collection, object_id: 'indicator--1', position })
const list = (
  entries: MemberEntry[],
  removals: MemberRemoval[] = [],
  rules: { since?: [string, number][]; own?: string; versions?: typeof ALL | typeof LAST | typeof FIRST } = {},
) =>
  listObject(entries, removals, { since: new Map(rules.since), own: rules.own, versions: rules.versions ?? ALL })
    .toSorted((a, b) => comparePlaces(a.place, b.place))
    .map(({ entry: of, place }) => `${of.collection_id}${of.position} at ${place.at}`)

describe('what a union lists of one object', () => {
  it('T27: is each version once, where it came first, however many collections have it', () => {
    expect(list([entry('a', 5, 1), entry('b', 3, 1), entry('b', 9, 2)])).toEqual(['b3 at 3', 'b9 at 9'])
  })

  it('T27: has one first and one last version over all collections', () => {
    const entries = [entry('a', 5, 2), entry('b', 9, 1)]
    expect(list(entries, [], { versions: LAST })).toEqual(['a5 at 5'])
    expect(list(entries, [], { versions: FIRST })).toEqual(['b9 at 9'])
  })

  it('is of one contributor: the reader itself, or who it was shown longest, so that nobody rewrites what another contributed', () => {
    const entries = [entry('a', 5, 1, 'x'), entry('b', 9, 99, 'y')]
    expect(list(entries, [], { versions: LAST })).toEqual(['a5 at 5'])
    expect(list(entries, [], { versions: LAST, own: 'y' })).toEqual(['b9 at 9'])
    // Another version at a later position is of a contribution that was there before.
    expect(list([entry('a', 20, 3, 'x', { shown_since: 5 }), entry('b', 9, 99, 'y')])).toEqual(['a20 at 20'])
  })

  it('lists an observable from one collection', () => {
    const file = { versioned: false }
    expect(list([entry('a', 5, 5, 'x', file), entry('b', 3, 3, 'x', file)])).toEqual(['b3 at 3'])
  })

  it('C7: brings what counts from now on at the position of what was taken elsewhere', () => {
    const rival = entry('b', 9, 99, 'y')
    expect(list([entry('a', 5, 1), rival])).toEqual(['a5 at 5'])
    expect(list([rival], [taken('a', 12)])).toEqual(['b9 at 12'])
    expect(list([entry('b', 9, 1), entry('b', 10, 2)], [taken('a', 12)])).toEqual(['b9 at 12', 'b10 at 12'])
    // What was taken from the same collection, or before, changes nothing.
    expect(list([rival], [taken('b', 12), taken('a', 4)])).toEqual(['b9 at 9'])
  })

  it('C7: brings what was there before at the position from which on the reader reads its collection', () => {
    expect(list([entry('a', 5, 1), entry('b', 9, 2)], [], { since: [['a', 7]] })).toEqual(['a5 at 7', 'b9 at 9'])
    // Whose contribution it has been shown longest counts by that, too.
    expect(list([entry('a', 5, 1, 'x'), entry('b', 6, 2, 'y')], [], { since: [['a', 7]] })).toEqual(['b6 at 6'])
  })

  it('orders equal positions by their collections, and what a removal brings after them', () => {
    const places = [
      { at: 5, removed: true, collection: 'a', position: 5, n: 1 },
      { at: 5, removed: true, collection: 'a', position: 5, n: 0 },
      { at: 5, removed: false, collection: 'b', position: 5, n: 0 },
      { at: 5, removed: false, collection: 'a', position: 5, n: 0 },
      { at: 6, removed: false, collection: 'a', position: 1, n: 0 },
    ]
    expect([afterAll(5), ...places].toSorted(comparePlaces)).toEqual([places[3], places[2], places[1], places[0], afterAll(5), places[4]])
  })
})
