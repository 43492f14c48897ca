import { sql } from 'kysely'
import type { z } from 'zod'
import { binder } from '#platform/audit/audit.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId } from '#platform/ids.ts'
import type { ProtectionView } from '#program/protections/contract.ts'

export type ProtectionId = Id<'protection'>
type View = z.input<typeof ProtectionView>

export const protectionRow = binder('protection', [
  'operator_id',
  'organisation_id',
  'reported_by',
  'product',
  'sensor',
  'mode',
  'cves',
  'indicators',
  'shipped_at',
])

/** A protection as its table says it. */
export interface StoredProtection extends Omit<View, 'organisation' | 'shippedAt'> {
  readonly organisation_id: OrganisationId
  readonly organisation_name: string
  readonly shipped_at: Date
}

const select = sql`select t.id, t.organisation_id, o.name as organisation_name, t.product, t.sensor, t.mode, t.cves, t.indicators, t.shipped_at
  from protection t join organisation o on o.id = t.organisation_id`

/** Protections that were reported to an operator, or by an organisation, the newest first, from after `before` on. */
export async function listProtections(
  tx: Tx,
  whose: { readonly operator: OperatorId } | { readonly organisation: OrganisationId },
  limit: number,
  before: string | undefined,
): Promise<StoredProtection[]> {
  const own = 'operator' in whose ? sql`t.operator_id = ${whose.operator}` : sql`t.organisation_id = ${whose.organisation}`
  const { rows } =
    await sql<StoredProtection>`${select} where ${own} and t.id < ${before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid order by t.id desc limit ${limit}`.execute(
      tx.db,
    )
  return rows
}

/** Protections of whoever of an operator's members that name one of these vulnerabilities, the oldest first. */
export async function listProtectionsFor(tx: Tx, operator: OperatorId, cves: readonly string[]): Promise<StoredProtection[]> {
  if (cves.length === 0) return []
  const { rows } = await tx.asSystem((db) =>
    sql<StoredProtection>`${select} where t.operator_id = ${operator} and t.cves && ${cves}::text[] order by t.id limit 1000`.execute(db),
  )
  return rows
}

/** A protection that the actor can see. */
export async function findProtection(tx: Tx, id: ProtectionId): Promise<StoredProtection | undefined> {
  const { rows } = await sql<StoredProtection>`${select} where t.id = ${id}`.execute(tx.db)
  return rows[0]
}

/** Operators of which the organisation is an active member at an instant, the oldest membership first. */
export async function activeOperators(tx: Tx, organisation: OrganisationId, now: Date): Promise<OperatorId[]> {
  const rows = await tx.db
    .selectFrom('membership')
    .select('operator_id')
    .where('organisation_id', '=', organisation)
    .where('state', '=', 'active')
    .where('created_at', '<=', now)
    .where((is) => is.or([is('until', 'is', null), is('until', '>', now)]))
    .orderBy('created_at')
    .orderBy('operator_id')
    .execute()
  return rows.map(({ operator_id: id }) => id as OperatorId)
}

export async function insertProtection(
  tx: Tx,
  { person, organisation }: ContactActor,
  { id, operator, at, ...said }: { id: ProtectionId; operator: OperatorId; at: Date } & Pick<View, 'product' | 'sensor' | 'mode' | 'cves' | 'indicators'>,
): Promise<void> {
  await tx.db
    .insertInto('protection')
    .values({ id, operator_id: operator, organisation_id: organisation, reported_by: person, ...said, shipped_at: at })
    .execute()
}
