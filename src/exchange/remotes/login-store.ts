import { sql, type Insertable, type Updateable } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { RemoteLoginChange as ChangeTable } from '#platform/db/types.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { LOGIN_SCHEMES } from '#exchange/remotes/contract.ts'
import type { RemoteId } from '#exchange/remotes/store.ts'

export type LoginChangeId = Id<'remote-login-change'>

export const loginChangeRow = binder('remote_login_change', [
  'remote_id',
  'operator_id',
  'login',
  'sealed_login',
  'ca',
  'proposed_by',
  'proposed_at',
  'approved_by',
  'done_at',
  'closed_by',
  'closed_at',
])

/** Other credentials for a remote, which wait for a second person. */
export interface LoginChange {
  readonly id: LoginChangeId
  readonly remote_id: RemoteId
  readonly login: (typeof LOGIN_SCHEMES)[number]
  readonly sealed_login: Buffer | null
  readonly ca: string | null
  readonly proposed_by: PersonId
  readonly proposed_at: Date
  readonly proposer_name: string
}

const WAITS = sql`c.done_at is null and c.closed_at is null`
const CHANGE = sql`select c.id, c.remote_id, c.login, c.sealed_login, c.ca, c.proposed_by, c.proposed_at, p.name as proposer_name
  from remote_login_change c join person p on p.id = c.proposed_by`

/** The one that waits for a remote that is locked. */
export async function findWaitingLogin(tx: Tx, remote: RemoteId): Promise<LoginChange | undefined> {
  const { rows } = await sql<LoginChange>`${CHANGE} where c.remote_id = ${remote} and ${WAITS}`.execute(tx.db)
  return rows[0]
}

/** Those that wait, by remote. */
export async function listWaitingLogins(tx: Tx, operator: OperatorId): Promise<Map<string, LoginChange>> {
  const { rows } = await sql<LoginChange>`${CHANGE} where c.operator_id = ${operator} and ${WAITS}`.execute(tx.db)
  return new Map(rows.map((row) => [row.remote_id, row]))
}

export async function insertLoginChange(tx: Tx, row: Insertable<ChangeTable>): Promise<void> {
  await tx.db.insertInto('remote_login_change').values(row).execute()
}

export async function updateLoginChange(tx: Tx, id: LoginChangeId, change: Updateable<ChangeTable>): Promise<void> {
  await tx.db.updateTable('remote_login_change').set(change).where('id', '=', id).execute()
}
