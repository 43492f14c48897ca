import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { ReleaseView } from '#program/releases/contract.ts'
import { openReason } from '#program/releases/reason.ts'
import type { Release } from '#program/releases/release.ts'
import { listStoredReleases, toRelease, type StoredRelease } from '#program/releases/store.ts'
import { releaseKey, upcomingReleases } from '#program/releases/upcoming.ts'

type View = z.input<typeof ReleaseView>
/** How long an out-of-band release that has passed is still shown. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000

/** The next releases of the rule, and for the operator's own staff those outside it, in order. What packages are on them is not said. */
export async function listReleases(app: App, actor: PersonActor): Promise<View[]> {
  const now = app.clock.now()
  const planned = upcomingReleases(now)
  if (actor.kind !== 'operator') return planned.map(showPlanned)
  const stored = await app.db.read(actor, (tx) => listStoredReleases(tx, actor.operator, new Date(now.getTime() - KEPT_MS)))
  const frozen = new Map(stored.filter(({ kind }) => kind === 'rule').map((row) => [releaseKey(toRelease(row)), toRelease(row)]))
  const views = [
    ...planned.map((release) => showPlanned(frozen.get(releaseKey(release)) ?? release)),
    ...stored.filter(({ kind }) => kind === 'out-of-band').map((row) => showRelease(app, row)),
  ]
  return views.sort((a, b) => a.instant.getTime() - b.instant.getTime())
}

/** An out-of-band release. */
export function showRelease(app: Pick<App, 'keys'>, row: StoredRelease): View {
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
  return { ...release, key: releaseKey(release), kind: 'rule', proposed: null, confirmed: null, state: 'planned' }
}
