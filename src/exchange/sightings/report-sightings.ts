import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { FieldProblem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { findIndicators, type FoundIndicator } from '#exchange/indicators/indicator-store.ts'
import { readValue, valueKey } from '#exchange/indicators/value.ts'
import type { ReportedSighting } from '#exchange/sightings/contract.ts'
import { faultOfSeen } from '#exchange/sightings/sighting.ts'
import { insertSightings, sightingRow, type NewSighting } from '#exchange/sightings/sighting-store.ts'

/** What became of one sighting: `repeated` ones were there and add no row. */
export type Reported =
  | { readonly outcome: 'accepted' | 'repeated'; readonly sighting: NewSighting }
  | ({ readonly outcome: 'refused'; readonly code: 'VALIDATION_FAILED' | 'NOT_FOUND' } & FieldProblem)

/**
 * Stores sightings in the name of the contact's organisation, one answer each; bad ones are refused alone. An indicator that
 * the organisation does not see is answered as one that does not exist. Every stored row is bound by a leaf.
 */
export async function reportSightings(app: App, tx: Tx, actor: ContactActor, reported: readonly ReportedSighting[]): Promise<Reported[]> {
  const now = app.clock.now()
  const find = await finder(app, tx, actor, reported)
  const results = reported.map((one): Reported => {
    const fault = faultOfSeen(one, now)
    if (fault) return { outcome: 'refused', code: 'VALIDATION_FAILED', ...fault }
    const found = find(one)
    if (!found)
      return { outcome: 'refused', code: 'NOT_FOUND', field: one.value === undefined ? '/indicator' : '/value', message: 'no indicator that you can see' }
    return { outcome: 'accepted', sighting: toRow(app, actor, one, found, now) }
  })
  const rows = results.flatMap((result) => (result.outcome === 'refused' ? [] : [result.sighting]))
  const inserted = await insertSightings(tx, rows)
  record(
    app,
    tx,
    actor,
    rows.filter(({ id }) => inserted.has(id)),
  )
  return results.map((result) => (result.outcome === 'accepted' && !inserted.has(result.sighting.id) ? { ...result, outcome: 'repeated' } : result))
}

async function finder(app: App, tx: Tx, actor: ContactActor, reported: readonly ReportedSighting[]) {
  const keyOf = (text: string) => {
    const value = readValue(text)
    return value && valueKey(app.keys, value)
  }
  const ids = [...new Set(reported.flatMap(({ indicator }) => indicator ?? []))]
  const keys = new Map([...new Set(reported.flatMap(({ value }) => value ?? []))].map((value) => [value, keyOf(value)]))
  const found = await findIndicators(
    tx,
    actor,
    ids,
    [...keys.values()].filter((key) => key !== undefined),
  )
  // Contributed first comes first, and the first is kept.
  const first = (pairs: readonly (readonly [string, FoundIndicator])[]) => new Map(pairs.toReversed())
  const byId = first(found.map((one) => [one.object_id, one] as const))
  const byKey = first(found.flatMap((one) => one.value_keys.map((key) => [key.toString('hex'), one] as const)))
  return ({ indicator, value }: ReportedSighting): FoundIndicator | undefined =>
    indicator !== undefined ? byId.get(indicator) : byKey.get(keys.get(value!)?.toString('hex') ?? '')
}

function toRow(app: App, actor: ContactActor, { count, firstSeen, lastSeen }: ReportedSighting, found: FoundIndicator, now: Date): NewSighting {
  return {
    id: app.ids.next<'sighting'>(),
    operator_id: found.operator_id,
    organisation_id: actor.organisation,
    contribution_id: found.contribution_id,
    indicator: found.object_id,
    count,
    first_seen: firstSeen,
    last_seen: lastSeen,
    reported_at: now,
  }
}

/** Evidence of each operator whose indicators were seen. */
function record(app: App, tx: Tx, actor: ContactActor, rows: readonly NewSighting[]): void {
  for (const [operator, theirs] of Map.groupBy(rows, ({ operator_id: operator }): OperatorId => operator)) {
    const binds = theirs.map(({ id }) => sightingRow({ id }))
    app.audit.record(tx, { action: 'sighting.reported', subject: actor.organisation, operator, binds, details: { sightings: theirs.length } })
  }
}
