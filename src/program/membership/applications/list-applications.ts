import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import { SENT_STATES, type ApplicationPage, type ApplicationQuery } from '#program/membership/applications/contract.ts'
import { parseAnswers } from '#program/membership/applications/load-application.ts'
import { countByState, listApplications, type ListedApplication } from '#program/membership/applications/store.ts'

/** Applications that were sent in, the newest first, and how many there are in each state. */
export async function listSentApplications(app: App, actor: OperatorActor, query: z.output<typeof ApplicationQuery>): Promise<z.input<typeof ApplicationPage>> {
  const list = `applications:${query.state ?? ''}`
  const before = query.cursor === undefined ? undefined : z.string().parse(openCursor(app, list, query.cursor))
  return app.db.read(actor, async (tx) => {
    const rows = await listApplications(tx, actor.operator, { state: query.state, limit: query.limit + 1, before })
    const found = await countByState(tx, actor.operator)
    const counts = Object.fromEntries(SENT_STATES.map((state) => [state, found.get(state) ?? 0])) as Record<(typeof SENT_STATES)[number], number>
    const items = rows.slice(0, query.limit).map((row) => lineOf(app, row))
    const last = items.at(-1)
    return { items, next: rows.length > query.limit && last ? sealCursor(app, list, last.id) : null, counts }
  })
}

function lineOf(app: App, row: ListedApplication): z.input<typeof ApplicationPage>['items'][number] {
  const { organisation } = parseAnswers(app, { id: row.id, version: row.answers_version! }, row.answers)
  return {
    id: row.id,
    kind: row.kind,
    name: organisation.legalName,
    renewal: row.organisation_id !== null,
    state: row.state as (typeof SENT_STATES)[number],
    submittedAt: row.submitted_at!,
    decidedAt: row.decided_at,
    judged: row.judged,
    criteria: row.criteria!.length,
  }
}
