import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { RelatePackages, RelationView } from '#program/embargo/contract.ts'
import { splitMayRelease } from '#program/embargo/early-end.ts'
import { staffNames } from '#program/embargo/end-store.ts'
import { staffMayRead } from '#program/embargo/may-read.ts'
import { findRelation, insertRelation, listRelations, relationRow, setAssessed, type RelationId } from '#program/embargo/relation-store.ts'
import { seal, unseal } from '#program/embargo/sealed.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { findNewestVersion } from '#program/packages/store.ts'

type View = z.input<typeof RelationView>

/** Writes down that a package was merged with another, or split off from it (E23). Throws NOT_FOUND, and CONFLICT for a pair that is related already. */
export function relatePackages(app: App, actor: OperatorActor, id: PackageId, { kind, other, reason }: z.output<typeof RelatePackages>): Promise<View[]> {
  return app.db.transaction(actor, async (tx) => {
    if (id === other) throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/other', message: 'another package' }] })
    for (const each of [id, other]) if (!(await findNewestVersion(tx, actor.operator, each))) throw new Problem('NOT_FOUND')
    const relation = app.ids.next<'package-relation'>() as RelationId
    await insertRelation(tx, {
      id: relation,
      operator_id: actor.operator,
      kind,
      package_id: id,
      other_id: other,
      reason: seal(app, 'package_relation.reason', relation, reason),
      recorded_by: actor.person,
      recorded_at: app.clock.now(),
    })
    app.audit.record(tx, { action: 'package.related', subject: id, binds: [relationRow({ id: relation })], details: { kind, other } })
    return showRelations(app, tx, actor, id)
  })
}

/** Writes down what an earlier release of a part means for those it was split off from. Throws NOT_FOUND, and CONFLICT for a merge. */
export function assessSplit(app: App, actor: OperatorActor, id: RelationId, assessment: string): Promise<View[]> {
  return app.db.transaction(actor, async (tx) => {
    const relation = await findRelation(tx, actor.operator, id)
    if (!relation) throw new Problem('NOT_FOUND')
    if (relation.kind !== 'split') throw new Problem('CONFLICT', 'Packages that were merged are released together.')
    await setAssessed(tx, id, seal(app, 'package_relation.assessment', id, assessment), actor.person, app.clock.now())
    app.audit.record(tx, { action: 'package.siblings-assessed', subject: relation.package_id, binds: [relationRow({ id })] })
    return showRelations(app, tx, actor, relation.package_id)
  })
}

/** The relations of a package of the actor's operator. */
export async function showRelations(app: App, tx: Tx, actor: OperatorActor, id: PackageId): Promise<View[]> {
  const rows = await listRelations(tx, actor.operator, id)
  const names = await staffNames(
    tx,
    rows.map((row) => row.assessed_by),
  )
  return rows.map((row) => {
    const isPart = row.package_id === id
    const assessor = row.assessed_by
    return {
      id: row.id,
      kind: row.kind,
      other: isPart ? row.other_id : row.package_id,
      isPart: row.kind === 'split' && isPart,
      reason: staffMayRead(actor.roles, 'bulletin') ? unseal(app, 'package_relation.reason', row.id, row.reason) : null,
      instant: isPart ? row.other_instant : row.instant,
      assessed: assessor && row.assessed_at ? { by: { id: assessor, name: names.get(assessor) ?? '' }, at: row.assessed_at } : null,
    }
  })
}

/** Throws PRECONDITION_FAILED for an instant before that of a package it was split off from, unless what that means was assessed (E23 b). */
export async function requireSiblingsAssessed(tx: Tx, { operator }: OperatorActor, id: PackageId, instant: Date): Promise<void> {
  const left = (await listRelations(tx, operator, id)).filter((row) => row.kind === 'split' && row.package_id === id)
  if (left.every((row) => splitMayRelease(instant, [row.other_instant ?? undefined], row.assessed_at !== null))) return
  throw new Problem('PRECONDITION_FAILED', LATER)
}
const LATER =
  'It was split off from a package that is released later: write down first what the earlier release means for that one, and which of it can be derived.'

/**
 * The same of a move, which gives these packages these instants: neither a part that moves nor one that stays comes before what it was
 * split off from, unless what that means was assessed. Throws PRECONDITION_FAILED.
 */
export async function requireMovedSiblingsAssessed(tx: Tx, { operator }: OperatorActor, moved: ReadonlyMap<PackageId, Date>): Promise<void> {
  for (const id of moved.keys()) {
    for (const row of await listRelations(tx, operator, id)) {
      const part = moved.get(row.package_id) ?? row.instant
      const left = moved.get(row.other_id) ?? row.other_instant ?? undefined
      if (row.kind === 'split' && part && !splitMayRelease(part, [left], row.assessed_at !== null)) throw new Problem('PRECONDITION_FAILED', LATER)
    }
  }
}
