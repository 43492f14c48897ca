import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OrganisationId } from '#platform/ids.ts'
import { staffMayRead } from '#program/embargo/may-read.ts'
import type { Change, VersionConsequences } from '#program/releases/moves/consequences.ts'
import type { MovePreview, MoveView } from '#program/releases/moves/contract.ts'
import { findReleases, keyOfCycle } from '#program/releases/moves/cycle-store.ts'
import type { MovePlan, PlannedVersion } from '#program/releases/moves/plan-move.ts'
import { openMoveReason } from '#program/releases/moves/sealed-reason.ts'
import { organisationNames, type StoredMove } from '#program/releases/moves/store.ts'
import { toRelease, type ReleaseId, type StoredRelease } from '#program/releases/store.ts'

type Preview = z.input<typeof MovePreview>
type View = z.input<typeof MoveView>
const HOUR = 3_600_000

/** The consequences as people read them. What a package is about is left out for roles that may not read it. */
export async function showPreview(tx: Tx, { roles }: OperatorActor, plan: MovePlan, now: Date): Promise<Preview> {
  const { consequences, sha256, versions } = plan
  const names = await organisationNames(tx, [...new Set(consequences.versions.flatMap(({ members }) => members.map(({ organisation }) => organisation)))])
  const readable = staffMayRead(roles, 'bulletin')
  const planned = new Map(versions.map((one) => [`${one.row.package_id}/${one.row.version}`, one]))
  return {
    sha256,
    from: consequences.from,
    to: consequences.to,
    tiers: consequences.tiers.map((tier) => withHours(tier, { before: consequences.from.instant, after: consequences.to.instant }, now)),
    packages: consequences.versions.map((version) => showVersion(version, planned.get(`${version.package}/${version.version}`)!, { names, readable, now })),
    told: consequences.told,
  }
}

interface Shown {
  readonly names: ReadonlyMap<OrganisationId, string>
  readonly readable: boolean
  readonly now: Date
}

function showVersion(version: VersionConsequences, { row, summary, holders, protections }: PlannedVersion, { names, readable, now }: Shown) {
  const { embargo } = version
  const members = version.members.map(({ organisation, ...change }) => ({
    ...withHours(change, embargo, now),
    organisation: { id: organisation, name: names.get(organisation) ?? '' },
  }))
  const people: Preview['packages'][number]['people'] = {}
  for (const { effect, people: count } of members) people[effect] = (people[effect] ?? 0) + count
  return {
    id: version.package,
    version: version.version,
    state: row.state,
    title: readable ? summary.title : null,
    embargo,
    tiers: version.tiers.map((tier) => withHours(tier, embargo, now)),
    people,
    losesHours: members.filter(({ hoursBefore, hoursAfter }) => hoursAfter < hoursBefore).reduce((sum, one) => sum + one.people, 0),
    members,
    holders: holders.map((one) => ({
      organisation: { id: one.organisation_id, name: one.organisation_name },
      person: { id: one.person_id, name: one.person_name },
    })),
    protections: readable
      ? protections.map(({ id, organisation_id: organisation, organisation_name: name, product, sensor, mode }) => ({
          id,
          organisation: { id: organisation, name },
          product,
          sensor,
          mode,
        }))
      : null,
  }
}

/** With the hours between opening and release: none where it never opens, and counted from now where it opens at the confirmation. */
function withHours<C extends Change>(change: C, release: { readonly before: string; readonly after: string }, now: Date) {
  const hours = (opens: number | undefined, until: string) => (opens === undefined ? 0 : Math.max(0, Math.round((Date.parse(until) - opens) / HOUR)))
  const ms = (text: string | null) => (text === null ? undefined : Date.parse(text))
  const after = change.effect === 'at-once' ? now.getTime() : ms(change.after)
  return { ...change, hoursBefore: hours(ms(change.before), release.before), hoursAfter: hours(after, release.after) }
}

/** Moves with what they move and to when; `preview` is of one that waits. */
export async function showMoves(app: App, tx: Tx, actor: OperatorActor, moves: readonly StoredMove[], preview: Preview | null = null): Promise<View[]> {
  const rows = await findReleases(tx, actor.operator, [...new Set(moves.flatMap(({ release_id: from, joins }) => (joins ? [from, joins] : [from])))])
  const roots = await findReleases(tx, actor.operator, [...new Set([...rows.values()].map(({ cycle }) => cycle))])
  const keyOf = (id: ReleaseId) => keyOfCycle(roots.get(rows.get(id)!.cycle)!)
  const reads = staffMayRead(actor.roles, 'bulletin')
  return moves.map((move) => ({
    ...showMove(move, rows.get(move.release_id)!, keyOf, preview),
    reason: reads ? openMoveReason(app, move.id, move.reason) : null,
  }))
}

function showMove(move: StoredMove, from: StoredRelease, keyOf: (id: ReleaseId) => string, preview: Preview | null): Omit<View, 'reason'> {
  const { instant, zone, windows } = toRelease(from)
  const to = toRelease(move)
  return {
    id: move.id,
    state: move.withdrawn_at ? 'withdrawn' : move.confirmed_at ? 'confirmed' : 'waits',
    release: keyOf(move.release_id),
    packages: move.packages === null ? null : [...move.packages],
    joins: move.joins && keyOf(move.joins),
    from: { instant, zone, windows },
    to: { instant: to.instant, zone: to.zone, rule: to.rule, windows: to.windows },
    proposed: { by: { id: move.proposed_by, name: move.proposer_name }, at: move.proposed_at },
    confirmed: move.confirmed_by && move.confirmed_at ? { by: { id: move.confirmed_by, name: move.confirmer_name ?? '' }, at: move.confirmed_at } : null,
    preview,
  }
}
