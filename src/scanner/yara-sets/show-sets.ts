import { text } from 'node:stream/consumers'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { strictest } from '#exchange/stix/contract.ts'
import type { YaraSet, YaraSetDetails, YaraSetText } from '#scanner/yara-sets/contract.ts'
import { knowsSet, type Reader } from '#scanner/yara-sets/entitled.ts'
import { readerOf } from '#scanner/yara-sets/reader.ts'
import { findYaraSet, listVersions, listYaraSets, type ShownYaraSet } from '#scanner/yara-sets/store.ts'
import { setNameOf, type YaraSetId, type YaraSetRow, type YaraVersionRow } from '#scanner/yara-sets/yara-set.ts'

type View = z.input<typeof YaraSet>

/** Sets that the reader may know, and the last of the page that was looked at. */
export async function showSets(app: App, tx: Tx, actor: PersonActor, limit: number, before: string | undefined) {
  const reader = await readerOf(tx, actor)
  const rows = await listYaraSets(tx, limit + 1, before)
  const page = rows.slice(0, limit)
  return {
    items: page.filter((row) => knowsSet(reader, markedOf(row))).map((row) => shown(app, reader, row)),
    last: rows.length > limit ? page.at(-1)?.id : undefined,
  }
}

/** Throws NOT_FOUND for what is not there, and for what the reader may not know. */
export async function showSet(app: App, tx: Tx, actor: PersonActor, id: YaraSetId): Promise<z.input<typeof YaraSetDetails>> {
  const { reader, row, versions } = await find(tx, actor, id)
  const told = tellsWho(reader, row)
  return {
    ...shown(app, reader, row),
    versions: versions.map(({ version, tlp, sha256, size, added_at: addedAt, person_name: addedBy }) => ({
      version,
      tlp,
      sha256,
      size,
      addedAt,
      addedBy: told ? addedBy : null,
    })),
  }
}

/** The text of one version. Throws NOT_FOUND as `showSet` does. */
export async function showText(app: App, tx: Tx, actor: PersonActor, id: YaraSetId, version: number): Promise<z.input<typeof YaraSetText>> {
  const found = (await find(tx, actor, id)).versions.find((one) => one.version === version)
  if (!found) throw new Problem('NOT_FOUND')
  return { version, sha256: found.sha256, text: await text((await app.objects.open(tx, found.source)).stream) }
}

async function find(tx: Tx, actor: PersonActor, id: YaraSetId): Promise<{ reader: Reader; row: ShownYaraSet; versions: YaraVersionRow[] }> {
  const reader = await readerOf(tx, actor)
  const row = await findYaraSet(tx, id)
  if (!row || !knowsSet(reader, markedOf(row))) throw new Problem('NOT_FOUND')
  // An older version that was marked more strictly than the set is now stays what it was marked.
  const versions = (await listVersions(tx, id)).filter(({ tlp }) => knowsSet(reader, { ...markedOf(row), tlp: strictest(row.tlp, tlp) }))
  return { reader, row, versions }
}

function markedOf({ operator_id: operator, organisation_id: owner, tlp }: YaraSetRow) {
  return { operator, owner, tlp }
}

function isOwn({ actor }: Reader, { organisation_id: owner }: YaraSetRow): boolean {
  return actor.kind === 'operator' ? owner === null : owner === actor.organisation
}

/** Who keeps a set is told to its owner's people and the operator's: members stay unknown to one another. */
function tellsWho(reader: Reader, row: YaraSetRow): boolean {
  return reader.actor.kind === 'operator' || isOwn(reader, row)
}

function shown(app: App, reader: Reader, row: ShownYaraSet): View {
  const told = tellsWho(reader, row)
  const kind = isOwn(reader, row) ? 'own' : row.organisation_id === null ? 'operator' : 'member'
  return {
    id: row.id,
    name: setNameOf(app.keys, row),
    tlp: row.tlp,
    enabled: row.enabled,
    version: row.version,
    sha256: row.sha256,
    size: row.size,
    owner: { kind, name: row.organisation_id === null ? row.operator_name : told ? row.organisation_name : null },
    changedAt: row.changed_at,
    changedBy: told ? row.person_name : null,
  }
}
