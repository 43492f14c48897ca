import type { z } from 'zod'
import { fromEpochMicroseconds } from '#exchange/stix/instant.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import type { ObjectSummary } from '#exchange/search/contract.ts'
import { factsOf, markedAs, titleOf } from '#exchange/search/facts.ts'
import type { FoundRow } from '#exchange/search/found-rows.ts'
import type { CollectionTitle, Scope } from '#exchange/search/scope.ts'

/** A found version as its reader is told of it. */
export function showFound(scope: Scope, row: FoundRow, object: StixObject, titles: ReadonlyMap<string, CollectionTitle>): z.input<typeof ObjectSummary> {
  const facts = factsOf(object, row.tlp)
  const { labels } = object
  return {
    id: row.object_id,
    type: row.type,
    title: titleOf(object),
    collection: titles.get(row.collection_id)!,
    tlp: shownTlp(scope, row, object),
    version: row.version,
    addedAt: fromEpochMicroseconds(row.position),
    revoked: row.revoked,
    confidence: facts.confidence,
    validFrom: textOf(facts.valid_from),
    validUntil: textOf(facts.valid_until),
    labels: Array.isArray(labels) ? labels.filter((one) => typeof one === 'string').slice(0, 50) : [],
    ...contributorOf(scope, row),
  }
}

/** Who contributed it, as far as the reader may know: members whether they did themselves, the operator's people who did. */
export function contributorOf({ reader }: Scope, { organisation_id: organisation }: FoundRow): { own: boolean; contributor: string | null } {
  if (reader.kind === 'contact') return { own: organisation === reader.organisation, contributor: null }
  return { own: organisation === null, contributor: organisation }
}

/** Members are told the marking that the object itself carries. */
export function shownTlp({ reader }: Scope, row: Pick<FoundRow, 'tlp'>, object: StixObject) {
  return reader.kind === 'contact' ? markedAs(object, row.tlp) : row.tlp
}

export function textOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
