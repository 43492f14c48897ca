import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor, OperatorActor, PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { staffMayRead } from '#program/embargo/may-read.ts'
import { openSummary } from '#program/packages/content-summary.ts'
import type { ReleaseView } from '#program/releases/contract.ts'
import { listReleasePackages, type StoredReleasePackage } from '#program/releases/release-package-store.ts'
import { listMoved, listMovedForMember, type MovedRelease } from '#program/releases/moves/moved-store.ts'
import { openReason } from '#program/releases/reason.ts'
import type { Release } from '#program/releases/release.ts'
import { listStoredReleases, toRelease, type ReleaseColumns, type StoredRelease } from '#program/releases/store.ts'
import { listMemberships } from '#program/membership/store.ts'
import { operatorName } from '#program/releases/rules/people-store.ts'
import { ruleHistory } from '#program/releases/rules/rules-store.ts'
import { releaseKey, upcomingReleases } from '#program/releases/upcoming.ts'

type View = z.input<typeof ReleaseView>
/** How long an out-of-band release that has passed is still shown. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000

/**
 * The next releases of each programme's rules, those of them that were moved as a whole, and for the operator's own staff those outside
 * them, in order. A contact sees those of each operator that its organisation is a member of. Nobody is told what packages are on those
 * of the rules, and no member that packages of theirs were moved.
 */
export async function listReleases(app: App, actor: PersonActor): Promise<View[]> {
  const now = app.clock.now()
  return app.db.read(actor, async (tx) => {
    const views = actor.kind === 'operator' ? await listOwn(app, tx, actor, now) : await listForMember(tx, actor, now)
    return views.sort((a, b) => a.instant.getTime() - b.instant.getTime())
  })
}

async function listForMember(tx: Tx, actor: ContactActor, now: Date): Promise<View[]> {
  const moved = Map.groupBy(await listMovedForMember(tx, actor, now), (one) => one.operator_id)
  const views: View[] = []
  for (const { operator_id: id, operator_name: name, state } of await listMemberships(tx, actor.organisation)) {
    if (state === 'terminated') continue
    const planned = upcomingReleases(now, await ruleHistory(tx, id)).map((release) => showPlanned({ id, name }, release))
    views.push(...withMoved({ id, name }, planned, moved.get(id) ?? [], now))
  }
  return views
}

async function listOwn(app: App, tx: Tx, actor: OperatorActor, now: Date): Promise<View[]> {
  const operator = await operatorOf(tx, actor)
  const planned = upcomingReleases(now, await ruleHistory(tx, actor.operator))
  const from = new Date(now.getTime() - KEPT_MS)
  const stored = await listStoredReleases(tx, actor.operator, from)
  const frozen = new Map(stored.filter(({ kind }) => kind === 'rule').map((row) => [releaseKey(toRelease(row)), toRelease(row)]))
  const outOfBand = stored.filter(({ kind }) => kind === 'out-of-band')
  const own = planned.map((release) => showPlanned(operator, frozen.get(releaseKey(release)) ?? release))
  return withMoved(operator, [...own, ...(await showOutOfBand(app, tx, actor, outOfBand))], await listMoved(tx, actor.operator, from), from)
}

/** The operator of its own people, with its name. */
export async function operatorOf(tx: Tx, { operator: id }: OperatorActor): Promise<View['operator']> {
  return { id, name: await operatorName(tx, id) }
}

/** The releases of the list, each as it is now: one that was moved has its new instants and says which it had. */
function withMoved(operator: View['operator'], views: readonly View[], moved: readonly MovedRelease[], from: Date): View[] {
  const present = new Map(moved.map((one) => [one.key, one]))
  const shown = views.map((view) => (present.has(view.key) ? movedView(view, present.get(view.key)!) : view))
  // One whose first instant has passed is in no list but by its move.
  const others = moved.filter(({ key, instant }) => instant >= from && views.every((view) => view.key !== key))
  return [...shown, ...others.map((one) => movedView(showPlanned(operator, one.first), one))]
}

type Moved = Pick<MovedRelease, 'key' | 'kind' | 'first' | 'moved_at'> & ReleaseColumns
function movedView(view: View, { key, kind, first, moved_at: at, ...row }: Moved): View {
  const { instant, zone, windows, rule, calendar } = toRelease(row)
  const from = { instant: first.instant, zone: first.zone, windows: first.windows }
  return { ...view, key, kind, instant, zone, windows, calendar, rule: kind === 'moved' ? rule : first.rule, moved: { from, at } }
}

/** The release of a cycle as it is now, whatever it began as. */
export async function showCycleRelease(
  app: App,
  tx: Tx,
  actor: OperatorActor,
  { root, head, first }: { root: StoredRelease; head: StoredRelease; first: StoredRelease },
): Promise<View> {
  const shown = root.kind === 'out-of-band' ? await showRelease(app, tx, actor, root) : showPlanned(await operatorOf(tx, actor), toRelease(root))
  const key = root.kind === 'rule' ? shown.key : root.id
  if (head === first) return { ...shown, key, kind: root.kind }
  return movedView(shown, { ...head, key, kind: root.kind, first: toRelease(first), moved_at: head.confirmed_at! })
}

/** An out-of-band release. */
export async function showRelease(app: App, tx: Tx, actor: OperatorActor, row: StoredRelease): Promise<View> {
  return (await showOutOfBand(app, tx, actor, [row]))[0]!
}

async function showOutOfBand(app: App, tx: Tx, actor: OperatorActor, rows: readonly StoredRelease[]): Promise<View[]> {
  const named = Map.groupBy(
    await listReleasePackages(
      tx,
      rows.map(({ id }) => id),
    ),
    ({ release_id: id }) => id,
  )
  const operator = await operatorOf(tx, actor)
  return rows.map((row) => ({ ...showStored(app, row), operator, packages: (named.get(row.id) ?? []).map((one) => showNamed(app, actor, one)) }))
}

function showNamed(app: App, { roles }: OperatorActor, { package_id: id, version, content_hash: hash, present_hash: present, summary }: StoredReleasePackage) {
  const readable = staffMayRead(roles, 'bulletin') && hash.equals(present)
  return { id, version, contentHash: hash.toString('hex'), title: readable ? openSummary(app, { package: id, version }, present, summary).title : null }
}

function showStored(app: Pick<App, 'keys'>, row: StoredRelease): Omit<View, 'packages' | 'operator'> {
  const { proposed_by: proposer, proposed_at: proposedAt, reason, confirmed_by: confirmer, confirmed_at: confirmedAt } = row
  return {
    ...toRelease(row),
    key: row.id,
    kind: 'out-of-band',
    proposed:
      proposer && proposedAt && reason
        ? { by: { id: proposer, name: row.proposer_name ?? '' }, at: proposedAt, reason: openReason(app, row.id, reason) }
        : null,
    confirmed: confirmer && confirmedAt ? { by: { id: confirmer, name: row.confirmer_name ?? '' }, at: confirmedAt } : null,
    state: confirmedAt ? 'confirmed' : 'waits',
    moved: null,
  }
}

/** A release of the rule as the rule has it. */
export function showPlanned(operator: View['operator'], release: Release): View {
  return { ...release, operator, key: releaseKey(release), kind: 'rule', packages: [], proposed: null, confirmed: null, state: 'planned', moved: null }
}
