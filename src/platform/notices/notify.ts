import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'
import { NOTICE_KINDS, type NoticeData, type NoticeKind } from '#platform/notices/contract.ts'

/**
 * Puts a notice in each person's inbox, in the transaction of what they are told about. `data` holds
 * exactly what the kind names, ids and plain names; anything else throws. A person named twice is told once.
 */
export async function notify<K extends NoticeKind>(
  app: App,
  tx: Tx,
  recipients: PersonId | readonly PersonId[],
  kind: K,
  ...[data]: Record<string, never> extends NoticeData<K> ? [data?: NoticeData<K>] : [data: NoticeData<K>]
): Promise<void> {
  const people = new Set(typeof recipients === 'string' ? [recipients] : recipients)
  if (people.size === 0) return
  const checked = JSON.stringify(NOTICE_KINDS[kind].data.parse(data ?? {}))
  const at = app.clock.now()
  const rows = [...people].map((person) => ({ id: app.ids.next(), person_id: person, kind, data: checked, created_at: at }))
  await tx.db.insertInto('notice').values(rows).execute()
}
