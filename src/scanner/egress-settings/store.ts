import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { SealedFor } from '#platform/crypto/seal-text.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'

export const settingRow = binder('egress_setting', ['direct', 'own_networks', 'upstream_host', 'upstream_port', 'sealed_login', 'changed_by', 'changed_at'])

export const sealedLoginOf = (operator: OperatorId): SealedFor => ({ purpose: 'egress_setting.sealed_login', context: [operator] })

export interface EgressSetting {
  readonly direct: boolean
  readonly own_networks: readonly string[]
  readonly upstream_host: string | null
  readonly upstream_port: number | null
  readonly sealed_login: Buffer | null
  readonly changed_by: PersonId
  readonly changed_at: Date
}

/** What an operator settled; members and workers are told what follows from it, not the row. */
export async function findSetting(tx: Tx, operator: OperatorId): Promise<EgressSetting | undefined> {
  const { rows } = await tx.asSystem((db) => sql<EgressSetting>`select * from egress_setting where operator_id = ${operator}::uuid`.execute(db))
  return rows[0]
}

/** The same; whoever else is about to change it waits until the transaction ends. */
export async function lockSetting(tx: Tx, operator: OperatorId): Promise<EgressSetting | undefined> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`egress settings of ${operator}`}, 0))`.execute(tx.db)
  return findSetting(tx, operator)
}

export async function putSetting(tx: Tx, operator: OperatorId, setting: EgressSetting): Promise<void> {
  const values = { ...setting, own_networks: [...setting.own_networks] }
  await tx.db
    .insertInto('egress_setting')
    .values({ operator_id: operator, ...values })
    .onConflict((conflict) => conflict.column('operator_id').doUpdateSet(values))
    .execute()
}

/** Networks that any operator of this instance calls its own: the machines stand in the midst of all of them. */
export async function listOwnNetworks(tx: Tx): Promise<string[]> {
  const { rows } = await tx.asSystem((db) => sql<{ network: string }>`select distinct unnest(own_networks) as network from egress_setting`.execute(db))
  return rows.map(({ network }) => network)
}

/** The name of a person of the actor's own side. */
export async function nameOf(tx: Tx, person: PersonId): Promise<string | undefined> {
  const row = await tx.db.selectFrom('person').select('name').where('id', '=', person).executeTakeFirst()
  return row?.name
}
