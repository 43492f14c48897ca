import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor, PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { staffMayRead } from '#program/embargo/may-read.ts'
import { openSummary } from '#program/packages/content-summary.ts'
import type { ReleaseView } from '#program/releases/contract.ts'
import { listReleasePackages, type StoredReleasePackage } from '#program/releases/release-package-store.ts'
import { openReason } from '#program/releases/reason.ts'
import type { Release } from '#program/releases/release.ts'
import { listStoredReleases, toRelease, type StoredRelease } from '#program/releases/store.ts'
import { releaseKey, upcomingReleases } from '#program/releases/upcoming.ts'

type View = z.input<typeof ReleaseView>
/** How long an out-of-band release that has passed is still shown. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000

/** The next releases of the rule, and for the operator's own staff those outside it, in order. Nobody is told what packages are on those of the rule. */
export async function listReleases(app: App, actor: PersonActor): Promise<View[]> {
  const now = app.clock.now()
  const planned = upcomingReleases(now)
  if (actor.kind !== 'operator') return planned.map(showPlanned)
  return app.db.read(actor, async (tx) => {
    const stored = await listStoredReleases(tx, actor.operator, new Date(now.getTime() - KEPT_MS))
    const frozen = new Map(stored.filter(({ kind }) => kind === 'rule').map((row) => [releaseKey(toRelease(row)), toRelease(row)]))
    const outOfBand = stored.filter(({ kind }) => kind === 'out-of-band')
    const views = [...planned.map((release) => showPlanned(frozen.get(releaseKey(release)) ?? release)), ...(await showOutOfBand(app, tx, actor, outOfBand))]
    return views.sort((a, b) => a.instant.getTime() - b.instant.getTime())
  })
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
  return rows.map((row) => ({ ...showStored(app, row), packages: (named.get(row.id) ?? []).map((one) => showNamed(app, actor, one)) }))
}

function showNamed(app: App, { roles }: OperatorActor, { package_id: id, version, content_hash: hash, present_hash: present, summary }: StoredReleasePackage) {
  const readable = staffMayRead(roles, 'bulletin') && hash.equals(present)
  return { id, version, contentHash: hash.toString('hex'), title: readable ? openSummary(app, { package: id, version }, present, summary).title : null }
}

function showStored(app: Pick<App, 'keys'>, row: StoredRelease): Omit<View, 'packages'> {
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
  }
}

function showPlanned(release: Release): View {
  return { ...release, key: releaseKey(release), kind: 'rule', packages: [], proposed: null, confirmed: null, state: 'planned' }
}
