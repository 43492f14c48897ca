import type { App } from '#platform/app.ts'
import { evidenceOperator, membershipOfficers } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'
import type { NoticeData } from '#platform/notices/contract.ts'
import { notify } from '#platform/notices/notify.ts'

type OfficerNotice =
  | 'person.invited'
  | 'person.invitation-renewed'
  | 'recovery.opened'
  | 'recovery.link-issued'
  | 'role-change.proposed'
  | 'role-change.approved'
  | 'role-change.closed'

/** Tells the membership officers of the operator responsible for a person what was done to that account: nobody widens access unseen. */
export async function tellOfficers<K extends OfficerNotice>(
  app: App,
  tx: Tx,
  people: { readonly about: PersonId; readonly except: PersonId },
  kind: K,
  data: NoticeData<K>,
): Promise<void> {
  const operator = await evidenceOperator(tx, people.about)
  const officers = operator === undefined ? [] : await membershipOfficers(tx, operator)
  const told = officers.filter((officer) => officer !== people.except)
  await (notify as (app: App, tx: Tx, recipients: readonly PersonId[], kind: K, data: NoticeData<K>) => Promise<void>)(app, tx, told, kind, data)
}
