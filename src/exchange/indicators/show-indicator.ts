import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { IndicatorView } from '#exchange/indicators/contract.ts'
import type { IndicatorRow } from '#exchange/indicators/indicator-store.ts'
import { cvesOf } from '#exchange/stix/cves.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { seesVersion } from '#exchange/stix/visible.ts'
import { openBlock } from '#exchange/objects/block.ts'
import { markedAs } from '#exchange/search/facts.ts'

/** The indicator as the reader is shown it; undefined for one that the predicate refuses, whatever the query let through. */
export function showIndicator(app: App, reader: PersonActor, row: IndicatorRow): z.input<typeof IndicatorView> | undefined {
  if (!seesVersion(reader, { operator: row.operator_id, contributor: row.organisation_id, tlp: row.tlp, open: row.open }, true)) return undefined
  const bytes = openBlock(app.keys, { id: row.block_id, collection: row.collection_id }, row.sealed).subarray(row.start, row.start + row.size)
  const object = JSON.parse(bytes.toString('utf8')) as StixObject & { readonly pattern: string; readonly valid_from: string; readonly name?: string }
  return {
    id: row.object_id,
    name: object.name ?? null,
    pattern: object.pattern,
    tlp: reader.kind === 'operator' ? row.tlp : markedAs(object, row.tlp),
    cves: cvesOf(object),
    validFrom: object.valid_from,
    addedAt: new Date(Math.floor(row.position / 1000)),
    collection: { id: row.collection_id, title: row.collection_title },
    revoked: row.revoked,
    ownSightings: row.own_count === null || row.own_last_seen === null ? null : { count: row.own_count, lastSeen: row.own_last_seen },
  }
}
