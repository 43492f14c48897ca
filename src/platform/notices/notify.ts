import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import { NOTICE_KINDS, waysOf, type NoticeData, type NoticeKind } from '#platform/notices/contract.ts'
import { MAIL_NOTICES } from '#platform/notices/mail-notices.ts'
import { insertNotices, wantMail } from '#platform/notices/store.ts'
import { queueDeliveries } from '#platform/webhooks/queue-deliveries.ts'

/**
 * Puts a notice in each person's inbox, in the transaction of what they are told about, and where the kind says so a mail and a
 * delivery to the webhooks of the recipients' organisations on their way. `data` holds exactly what the kind names, ids and plain
 * names; anything else throws. A person named twice is told once.
 */
export async function notify<K extends NoticeKind>(
  app: App,
  tx: Tx,
  recipients: PersonId | readonly PersonId[],
  kind: K,
  ...[data]: Record<string, never> extends NoticeData<K> ? [data?: NoticeData<K>] : [data: NoticeData<K>]
): Promise<void> {
  const people = [...new Set(typeof recipients === 'string' ? [recipients] : recipients)]
  if (people.length === 0) return
  const checked = NOTICE_KINDS[kind].data.parse(data ?? {}) as Record<string, unknown>
  const ways = waysOf(kind)
  const mailed = ways.mail ? await wantMail(tx, people, kind) : new Set<PersonId>()
  const at = app.clock.now()
  const columns = { kind, data: JSON.stringify(checked), created_at: at }
  await insertNotices(
    tx,
    people.map((person) => ({ id: app.ids.next(), person_id: person, mail_due: mailed.has(person), ...columns })),
  )
  if (mailed.size > 0) await app.jobs.wake(tx, MAIL_NOTICES, {})
  if (ways.webhook) await queueDeliveries(app, tx, people, { type: kind, operator: operatorOf(checked), at })
}

/** Whose programme a notice is about, where it is about one. */
export function operatorOf(data: Readonly<Record<string, unknown>>): OperatorId | undefined {
  return typeof data['operator'] === 'string' ? (data['operator'] as OperatorId) : undefined
}
