import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'
import { BreachSaid, type BreachMessage, type BreachView, type OwnBreachList } from '#program/embargo/breach/contract.ts'
import { listBreaches, listMessages, listMessagesTo, listOwnBreaches, type BreachId } from '#program/embargo/breach/store.ts'
import { staffNames } from '#program/embargo/end-store.ts'
import { staffMayRead } from '#program/embargo/may-read.ts'
import { unseal } from '#program/embargo/sealed.ts'

type View = z.input<typeof BreachView>
const MOST = 200

/** Reports to the actor's operator, the newest first. */
export function listBreachReports(app: App, actor: OperatorActor): Promise<View[]> {
  return app.db.read(actor, (tx) => showBreaches(app, tx, actor))
}

export async function showBreach(app: App, tx: Tx, actor: OperatorActor, id: BreachId): Promise<View> {
  return (await showBreaches(app, tx, actor, id))[0]!
}

async function showBreaches(app: App, tx: Tx, { operator, roles }: OperatorActor, only?: BreachId): Promise<View[]> {
  const rows = await listBreaches(tx, operator, MOST, only)
  const messages = await listMessages(
    tx,
    rows.map(({ id }) => id),
  )
  const people = [...rows.flatMap((row) => [row.reported_by, row.triaged_by, row.proposed_by, row.decided_by]), ...messages.map((message) => message.sent_by)]
  const names = await staffNames(tx, people)
  const who = (id: PersonId) => ({ id, name: names.get(id) ?? '' })
  const step = (by: PersonId | null, at: Date | null) => (by && at ? { by: who(by), at } : null)
  const reads = staffMayRead(roles, 'bulletin')
  return rows.map((row) => ({
    id: row.id,
    package: row.package_id,
    by: who(row.reported_by),
    organisation: row.organisation_name,
    reportedAt: row.reported_at,
    since: row.since,
    said: reads ? BreachSaid.parse(JSON.parse(unseal(app, 'breach_report.said', row.id, row.said))) : null,
    accused: row.accused_id ? { id: row.accused_id, name: row.accused_name ?? '' } : null,
    state: row.state,
    triaged: step(row.triaged_by, row.triaged_at),
    decision:
      row.outcome && row.reasons
        ? {
            outcome: row.outcome,
            namesAccused: row.names_accused === true,
            reasons: reads ? unseal(app, 'breach_report.reasons', row.id, row.reasons) : null,
            proposed: step(row.proposed_by, row.proposed_at)!,
            decided: step(row.decided_by, row.decided_at),
          }
        : null,
    end: row.end_id,
    messages: messages
      .filter((message) => message.breach_id === row.id)
      .map((message) => ({
        id: message.id,
        body: reads ? unseal(app, 'breach_message.body', message.id, message.body) : null,
        by: who(message.sent_by),
        at: message.sent_at,
        readers: message.readers,
      })),
  }))
}

/** What the actor's organisation was told about breaches: exactly the words, and nothing of the report. */
export function listBreachMessages(app: App, actor: ContactActor): Promise<z.input<typeof BreachMessage>[]> {
  return app.db.read(actor, async (tx) => {
    const rows = await listMessagesTo(tx, actor.organisation, MOST)
    return rows.map(({ id, body, sent_at: at }) => ({ id, body: unseal(app, 'breach_message.body', id, body), at }))
  })
}

/**
 * What the actor reported, and how far it is: never whom it is about, nor what was decided. A colleague's report names a package that
 * may be closed to the actor.
 */
export function listOwnBreachReports(app: App, actor: ContactActor): Promise<z.input<typeof OwnBreachList>['items']> {
  return app.db.read(actor, async (tx) =>
    (await listOwnBreaches(tx, actor, MOST)).map(({ id, package_id, reported_at, state }) => ({
      id,
      package: package_id,
      reportedAt: reported_at,
      // That a decision was proposed is the operator's own matter.
      state: state === 'decision-proposed' ? ('in-triage' as const) : state,
    })),
  )
}
