import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { audiencesIn, type Audience, type Reader } from '#exchange/objects/open-reader.ts'
import { findNamed, listMembers, settlePositions, type MemberState, type UnionAsked } from '#exchange/objects/union-store.ts'

/** A collection of a union that the reader may read. */
export interface UnionMember {
  readonly collection: CollectionId
  /** What was there up to this position comes to the reader at it: its right to read dates from then. */
  readonly since: number
  readonly audiences: readonly Audience[]
}

export interface Union {
  readonly members: readonly UnionMember[]
  /** Up to this position everything is there in each of the collections: nothing will be added at or before it. */
  readonly horizon: number
}

export interface UnionReader extends Reader {
  readonly union: Union
}

export function isOfUnion(reader: Reader): reader is UnionReader {
  return reader.union !== undefined
}

/**
 * What somebody may read of a union: of each of its collections what it may read there, as it is at this moment. A writer commits lower positions
 * in one collection after higher ones were committed in another; so that no poller passes over them the union is read only as far as no
 * collection can be added to any more. That bound is written down where it was not yet, once for what is new: no clock is asked, so it holds among
 * processes whose clocks differ. The union's own row is one of them: it is locked by whoever gives its readers a right in one of its collections.
 */
export async function openUnion(app: App, actor: PersonActor, asked: UnionAsked, now: number): Promise<UnionReader> {
  let states = await listMembers(app, actor, asked, now)
  const last = lastOf(states, asked)
  const behind = states.filter(({ settled_at: at }) => at < last).map(({ id }) => id)
  if (behind.length > 0) {
    await settlePositions(app, behind, last, now)
    states = await listMembers(app, actor, asked, now)
  }
  const horizon = Math.min(...states.map(({ settled_at: at }) => at))
  // Who has lost the right to the union meanwhile is shown nothing.
  const isOpen = states.some(({ id }) => id === asked.union)
  const members = states.filter(({ id, since }) => isOpen && id !== asked.union && since <= horizon)
  return {
    actor,
    collection: asked.union,
    audiences: [],
    excluded: false,
    embargoed: true,
    packages: packagesOf(actor, states),
    generation: 0,
    lastAt: lastOf(states, asked),
    now,
    union: { members: members.map((state) => memberOf(actor, state)), horizon },
  }
}

/**
 * The same for a collection or a union that is named by its id alone; a collection is read to its end. Throws NOT_FOUND for one that is not in the
 * reader's list, FORBIDDEN for one that it may only write.
 */
export async function openMembers(app: App, actor: PersonActor, id: CollectionId): Promise<UnionReader> {
  const now = app.clock.now().getTime() * 1000
  const found = await findNamed(app, actor, id)
  if (!found) throw new Problem('NOT_FOUND')
  const { root, aggregates } = found
  if (aggregates) return openUnion(app, actor, { root, union: id, members: aggregates }, now)
  const [state] = await listMembers(app, actor, { root, union: id, members: [] }, now)
  if (!state) throw new Problem('FORBIDDEN', 'You may write to this collection, not read it.')
  const union = { members: [memberOf(actor, state)], horizon: Number.MAX_SAFE_INTEGER }
  const packages = packagesOf(actor, [state])
  return { actor, collection: id, audiences: [], excluded: false, embargoed: true, packages, generation: 0, lastAt: state.last_at, now, union }
}

/** The operator's own people are asked about by nobody. */
function packagesOf(actor: PersonActor, states: readonly MemberState[]): string[] {
  return actor.kind === 'contact' ? [...new Set(states.flatMap(({ packages }) => packages))] : []
}

function lastOf(states: readonly MemberState[], { union }: UnionAsked): number {
  return Math.max(0, ...states.filter(({ id }) => id !== union).map(({ last_at: at, since }) => Math.max(at, since)))
}

function memberOf(actor: PersonActor, state: MemberState): UnionMember {
  const side = actor.kind === 'operator' ? actor.operator : actor.organisation
  const audiences = [state.id, side].map((id) => ({ id, after: 0 }))
  return { collection: state.id, since: state.since, audiences: [...audiences, ...audiencesIn(state.tier), ...audiencesIn(state.groups)] }
}
