import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'
import type { EmbargoEndView } from '#program/embargo/contract.ts'
import { endedAtOf } from '#program/embargo/ended-at.ts'
import { endsInForce, listEnds, listNaming, lockEnds, staffNames, type EndId, type NamingVersion, type StoredEnd } from '#program/embargo/end-store.ts'
import { staffMayRead } from '#program/embargo/may-read.ts'
import { unseal } from '#program/embargo/sealed.ts'
import { countTold } from '#program/embargo/told-store.ts'
import { openSummary } from '#program/packages/content-summary.ts'

type View = z.input<typeof EmbargoEndView>

/** One page of the ends of an operator, the newest proposal first. What is under embargo is shown to roles that read it anyway. */
export function listEmbargoEnds(app: App, actor: OperatorActor, limit: number, before: string | undefined): Promise<{ items: View[]; next: string | null }> {
  return app.db.read(actor, async (tx) => {
    const rows = await listEnds(tx, actor.operator, limit + 1, before)
    const page = rows.slice(0, limit)
    return { items: await showEnds(app, tx, actor, page), next: rows.length > limit ? page.at(-1)!.id : null }
  })
}

/** One end of the actor's operator. */
export async function showEnd(app: App, tx: Tx, actor: OperatorActor, id: EndId): Promise<View> {
  const ends = await lockEnds(tx, actor.operator, id)
  return (
    await showEnds(
      app,
      tx,
      actor,
      ends.filter((end) => end.id === id),
    )
  )[0]!
}

async function showEnds(app: App, tx: Tx, actor: OperatorActor, ends: readonly StoredEnd[]): Promise<View[]> {
  const names = await staffNames(
    tx,
    ends.flatMap((end) => [end.proposed_by, end.refused_by, end.confirmed_by, end.false_alarm_by, end.revoked_by, end.published_by]),
  )
  const told = await countTold(
    tx,
    ends.map(({ id, derived_from: main }) => main ?? id),
  )
  const views: View[] = []
  for (const end of ends) {
    const naming = await listNaming(tx, actor.operator, [end.cve_tag])
    views.push({
      ...showOne(app, actor, end, names),
      told: told.get(end.derived_from ?? end.id) ?? { people: 0, mailed: 0 },
      packages: await Promise.all(naming.map((version) => showNaming(app, tx, actor, version))),
    })
  }
  return views
}

function showOne(app: App, { roles }: OperatorActor, end: StoredEnd, names: ReadonlyMap<string, string>): Omit<View, 'told' | 'packages'> {
  const reads = staffMayRead(roles, 'bulletin')
  const step = (by: PersonId | null, at: Date | null) => (by && at ? { by: { id: by, name: names.get(by) ?? '' }, at } : null)
  const falseAlarm = step(end.false_alarm_by, end.false_alarm_at)
  const reason = end.false_alarm && reads ? unseal(app, 'embargo_end.false_alarm', end.id, end.false_alarm) : null
  return {
    id: end.id,
    cve: reads ? unseal(app, 'embargo_end.cve', end.id, end.cve) : null,
    cause: end.cause,
    basis: end.basis,
    derivedFrom: end.derived_from,
    evidence: reads ? unseal(app, 'embargo_end.evidence', end.id, end.evidence) : null,
    source: end.source && reads ? unseal(app, 'embargo_end.source', end.id, end.source) : null,
    state: stateOf(end),
    proposed: step(end.proposed_by, end.proposed_at)!,
    refused: step(end.refused_by, end.refused_at),
    confirmed: step(end.confirmed_by, end.confirmed_at),
    falseAlarm: falseAlarm && { ...falseAlarm, reason },
    revoked: step(end.revoked_by, end.revoked_at),
    published: step(end.published_by, end.published_at),
  }
}

function stateOf(end: StoredEnd): View['state'] {
  if (end.revoked_at) return 'revoked'
  if (end.refused_at) return 'refused'
  if (!end.confirmed_at) return 'proposed'
  return end.false_alarm_at ? 'false-alarm-proposed' : 'ended'
}

async function showNaming(app: App, tx: Tx, { operator, roles }: OperatorActor, version: NamingVersion): Promise<View['packages'][number]> {
  const title = staffMayRead(roles, 'bulletin') ? openSummary(app, version, version.content_hash, version.summary).title : null
  const ends = await endsInForce(tx, operator, version.cve_tags ?? [], app.clock.now())
  return { id: version.package, title, endedAt: endedAtOf(version, ends) ?? null }
}
