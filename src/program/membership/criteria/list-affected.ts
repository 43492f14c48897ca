import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import type { PageQuery } from '#platform/http/page.ts'
import type { AffectedPage } from '#program/membership/criteria/contract.ts'
import { dueAfter, dueOf } from '#program/membership/criteria/renewal.ts'
import { findSet, listMembersOfKind, type CriteriaSetId, type MemberOfKind } from '#program/membership/criteria/set-store.ts'
import { programmeZone } from '#program/releases/rules/rules-store.ts'
import { civilTimeOf, formatDate } from '#program/releases/zoned-time.ts'

const Position = z.object({ name: z.string(), id: z.string() })

/** Members whose next renewal falls under a proposed set, if nothing else is adopted before: listed beforehand. Throws NOT_FOUND. */
export async function listAffected(
  app: App,
  actor: OperatorActor,
  id: CriteriaSetId,
  query: z.output<typeof PageQuery>,
): Promise<z.input<typeof AffectedPage>> {
  const list = `criteria.affected:${id}`
  const after = query.cursor === undefined ? undefined : Position.parse(openCursor(app, list, query.cursor))
  return app.db.read(actor, async (tx) => {
    const set = await findSet(tx, actor.operator, id)
    if (!set) throw new Problem('NOT_FOUND')
    const rows = await listMembersOfKind(tx, actor.operator, set.kind, query.limit + 1, after)
    const now = app.clock.now()
    const zone = await programmeZone(tx, actor.operator)
    const shown = rows.slice(0, query.limit)
    const items = shown.map((row) => ({ organisation: { id: row.id, name: row.name }, dueOn: dueOn(row, now, zone), under: row.under }))
    const last = shown.at(-1)
    return { items, next: rows.length > query.limit && last ? sealCursor(app, list, { name: last.name, id: last.id }) : null }
  })
}

function dueOn({ created_at: admitted, until }: MemberOfKind, now: Date, zone: string): string {
  return formatDate(until ? dueOf(until, zone) : dueAfter(civilTimeOf(admitted, zone), civilTimeOf(now, zone)))
}
