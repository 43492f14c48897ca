import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { FieldProblem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { askPackages } from '#exchange/embargoes/ask-packages.ts'
import { findIndicators, type FoundIndicator } from '#exchange/indicators/indicator-store.ts'
import { meantBy } from '#exchange/indicators/meant-by.ts'
import { readValue } from '#exchange/indicators/value.ts'
import type { ReportedSighting } from '#exchange/sightings/contract.ts'
import { faultOfSeen } from '#exchange/sightings/sighting.ts'
import { valueKey } from '#exchange/search/value-keys.ts'
import { insertSightings, sightingRow, type NewSighting } from '#exchange/sightings/sighting-store.ts'

/** What became of one sighting: `repeated` ones were there and add no row. */
export type Reported =
  | { readonly outcome: 'accepted' | 'repeated'; readonly sighting: NewSighting }
  | ({ readonly outcome: 'refused'; readonly code: 'VALIDATION_FAILED' | 'NOT_FOUND' } & FieldProblem)

/**
 * Stores sightings in the name of the contact's organisation, one answer each; bad ones are refused alone. An indicator that
 * the organisation does not see is answered as one that does not exist, and one that several operators' exchanges know has to be
 * told apart. Every stored row is bound by a leaf.
 */
export async function reportSightings(app: App, tx: Tx, actor: ContactActor, reported: readonly ReportedSighting[]): Promise<Reported[]> {
  const now = app.clock.now()
  const find = await finder(app, tx, actor, reported)
  const results = reported.map((one): Reported => {
    const fault = faultOfSeen(one, now)
    if (fault) return { outcome: 'refused', code: 'VALIDATION_FAILED', ...fault }
    const [found, ...others] = find(one)
    const field = one.value === undefined ? '/indicator' : '/value'
    if (!found) return { outcome: 'refused', code: 'NOT_FOUND', field, message: 'no indicator that you can see' }
    const isAmbiguous = others.some(({ operator_id: operator }) => operator !== found.operator_id)
    if (isAmbiguous) return { outcome: 'refused', code: 'VALIDATION_FAILED', field, message: "known in several operators' exchanges: name the operator" }
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

/** Finds what a sighting may mean, the one shown first first; a value only what stands, an id also what was revoked. */
async function finder(app: App, tx: Tx, actor: ContactActor, reported: readonly ReportedSighting[]) {
  const keyOf = (text: string) => {
    const value = readValue(text)
    return value && valueKey(app.keys, value)
  }
  const ids = [...new Set(reported.flatMap(({ indicator }) => indicator ?? []))]
  const keys = new Map([...new Set(reported.flatMap(({ value }) => value ?? []))].map((value) => [value, keyOf(value)]))
  await askPackages(app, tx, actor)
  const found = await findIndicators(tx, actor, { ids, valueKeys: [...keys.values()].filter((key) => key !== undefined) })
  const byId = Map.groupBy(found, ({ object_id: id }) => id)
  const standing = found.filter(({ revoked }) => !revoked)
  const pairs = (await meantBy(app, tx, standing)).flatMap((one) => one.value_keys.map((key) => ({ key, one })))
  const byKey = Map.groupBy(pairs, ({ key }) => key)
  return ({ indicator, value, operator }: ReportedSighting): FoundIndicator[] => {
    const all = indicator === undefined ? (byKey.get(keys.get(value!) ?? '') ?? []).map(({ one }) => one) : (byId.get(indicator) ?? [])
    return operator === undefined ? all : all.filter(({ operator_id: of }) => of === operator)
  }
}

export function toRow(
  app: App,
  actor: ContactActor,
  { count, firstSeen, lastSeen }: Pick<ReportedSighting, 'count' | 'firstSeen' | 'lastSeen'>,
  found: FoundIndicator,
  now: Date,
): NewSighting {
  return {
    id: app.ids.next<'sighting'>(),
    operator_id: found.operator_id,
    organisation_id: actor.organisation,
    collection_id: found.collection_id,
    contribution_id: found.contribution_id,
    indicator: found.object_id,
    stix_id: null,
    counted: true,
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
