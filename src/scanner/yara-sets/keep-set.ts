import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { strictest } from '#exchange/stix/contract.ts'
import { TLP_LABELS } from '#program/packages/contract.ts'
import { operatorOf } from '#scanner/submissions/operator-of.ts'
import { requireMarking, type SetChecker } from '#scanner/yara-sets/check-set.ts'
import { MOST_OWNER_BYTES, MOST_SETS, MOST_TEXT_BYTES, type AddYaraSet, type ReplaceYaraSet } from '#scanner/yara-sets/contract.ts'
import {
  findYaraSet,
  insertVersion,
  insertYaraSet,
  listVersions,
  lockMemberSet,
  lockOwnSet,
  markSetDeleted,
  measureOwner,
  narrowMatches,
  setCurrent,
  setEnabled,
  takeSetTurn,
  yaraSetRow,
  yaraVersionRow,
  type Owner,
} from '#scanner/yara-sets/store.ts'
import { sealSetName, type YaraSetId, type YaraSetRow } from '#scanner/yara-sets/yara-set.ts'

type Added = z.output<typeof AddYaraSet>
type Replaced = z.output<typeof ReplaceYaraSet>

/** Adds a set, in force at once. Throws as `SetChecker.check` and `operatorOf` do, and CONFLICT past what one owner may keep. */
export async function addSet(app: App, checker: SetChecker, actor: PersonActor, { name, tlp, text, operator }: Added): Promise<YaraSetId> {
  const owner = await app.db.read(actor, async (tx) => {
    const found = ownerOf(actor, await operatorOf(tx, actor, operator, '/body/operator'))
    await requireRoom(tx, found, text, 1)
    return found
  })
  await checker.check(keyOf(owner), text, tlp)
  return app.db.transaction(actor, async (tx) => {
    await operatorOf(tx, actor, operator, '/body/operator')
    await takeSetTurn(tx, owner)
    await requireRoom(tx, owner, text, 1)
    const id = app.ids.next<'yara-set'>()
    const by = { person: actor.person, at: app.clock.now() }
    await insertYaraSet(tx, { id, ...owner, sealedName: sealSetName(app.keys, id, name), tlp, ...by })
    await insertVersion(tx, { set: id, version: 1, ...owner, tlp, source: await putText(app, tx, text), ...by })
    record(app, tx, 'yara-set.added', id, owner, 1)
    return id
  })
}

/**
 * Puts another name, marking or text in the place of those in force. A new version is kept where text or marking differ; one of the
 * same text and marking only renames. A stricter marking holds for what was found before, too. Throws NOT_FOUND for what is not the
 * actor's own or not there, CONFLICT when another version is in force meanwhile, and as `addSet` does.
 */
export async function replaceSet(app: App, checker: SetChecker, actor: PersonActor, id: YaraSetId, wish: Replaced): Promise<void> {
  const { name, tlp, text, version } = wish
  const { owner, differs, changed } = await app.db.read(actor, async (tx) => {
    const set = await ownSet(tx, actor, id)
    const own = ownerOf(actor, set.operator_id)
    const differs = set.sha256 !== digestOf(text)
    if (differs) await requireRoom(tx, own, text, 0)
    return { owner: own, differs, changed: differs || set.tlp !== tlp }
  })
  if (differs) await checker.check(keyOf(owner), text, tlp)
  else requireMarking(text, tlp)
  await app.db.transaction(actor, async (tx) => {
    await takeSetTurn(tx, owner)
    const set = await lock(tx, actor, id)
    if (set.version !== version) throw new Problem('CONFLICT', 'Another version is in force meanwhile; look at it first.')
    if (changed) await requireRoom(tx, owner, text, 0)
    const by = { person: actor.person, at: app.clock.now() }
    const next = changed ? version + 1 : version
    if (changed) await insertVersion(tx, { set: id, version: next, ...owner, tlp, source: await putText(app, tx, text), ...by })
    await setCurrent(tx, id, { sealedName: sealSetName(app.keys, id, name), tlp, version: next, ...by })
    const looser = TLP_LABELS.filter((label) => label !== tlp && strictest(label, tlp) === tlp)
    await narrowMatches(tx, id, looser, tlp)
    record(app, tx, 'yara-set.changed', id, owner, changed ? next : undefined)
  })
}

/**
 * Lets a set be matched against what is scanned from now on, or no longer. An operator may disable what its members keep, since it
 * answers for the reports, and enables nothing of theirs. Throws NOT_FOUND, and FORBIDDEN for that.
 */
export async function setState(app: App, actor: PersonActor, id: YaraSetId, enabled: boolean): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const member = actor.kind === 'operator' ? await lockMemberSet(tx, actor.operator, id) : undefined
    if (member && enabled) throw new Problem('FORBIDDEN', 'Only its owner can enable it.')
    const set = member ?? (await lock(tx, actor, id))
    if (set.enabled === enabled) return
    const by = { person: actor.person, at: app.clock.now() }
    if (member) await tx.asSystem((db) => setEnabled(db, id, enabled, by))
    else await setEnabled(tx.db, id, enabled, by)
    record(app, tx, enabled ? 'yara-set.enabled' : 'yara-set.disabled', id, { operator: set.operator_id, organisation: set.organisation_id })
  })
}

/** Deletes a set with the text of every version. What it found stays in the reports of whoever may know it. Throws NOT_FOUND. */
export async function deleteSet(app: App, actor: PersonActor, id: YaraSetId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const set = await lock(tx, actor, id)
    const versions = await listVersions(tx, id)
    await markSetDeleted(tx, id, { person: actor.person, at: app.clock.now() })
    for (const { source } of versions) await app.objects.remove(tx, source)
    const binds = versions.map(({ version }) => yaraVersionRow({ yara_set_id: id, version: String(version) }))
    app.audit.record(tx, { action: 'yara-set.deleted', subject: id, operator: set.operator_id, binds: [yaraSetRow({ id }), ...binds] })
  })
}

async function ownSet(tx: Tx, actor: PersonActor, id: YaraSetId) {
  const set = await findYaraSet(tx, id)
  const own =
    set && (actor.kind === 'operator' ? set.organisation_id === null && set.operator_id === actor.operator : set.organisation_id === actor.organisation)
  if (!own) throw new Problem('NOT_FOUND')
  return set
}

async function lock(tx: Tx, actor: PersonActor, id: YaraSetId): Promise<YaraSetRow> {
  const set = await lockOwnSet(tx, actor, id)
  if (!set) throw new Problem('NOT_FOUND')
  return set
}

function ownerOf(actor: PersonActor, operator: Owner['operator']): Owner {
  return { operator, organisation: actor.kind === 'contact' ? actor.organisation : null }
}

function keyOf({ operator, organisation }: Owner): string {
  return `${operator} ${organisation ?? ''}`
}

async function requireRoom(tx: Tx, owner: Owner, text: string, more: number): Promise<void> {
  const { sets, bytes } = await measureOwner(tx, owner)
  if (sets + more > MOST_SETS) throw new Problem('CONFLICT', `At most ${MOST_SETS} sets are kept; delete one first.`)
  if (bytes + Buffer.byteLength(text) > MOST_OWNER_BYTES)
    throw new Problem('CONFLICT', `All versions of your sets together may have ${MOST_OWNER_BYTES / 2 ** 20} MiB; delete a set first.`)
}

async function putText(app: App, tx: Tx, text: string) {
  return app.objects.put(tx, inOnePiece(Buffer.from(text)), { limit: MOST_TEXT_BYTES })
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function record(app: App, tx: Tx, action: string, id: YaraSetId, { operator }: Owner, version?: number): void {
  const binds = [yaraSetRow({ id }), ...(version === undefined ? [] : [yaraVersionRow({ yara_set_id: id, version: String(version) })])]
  app.audit.record(tx, { action, subject: id, operator, binds })
}
