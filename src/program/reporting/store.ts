import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { ExploitationBasis } from '#program/embargo/contract.ts'
import type { FILED, RECIPIENTS } from '#program/reporting/contract.ts'
import type { FINAL_FROM } from '#program/reporting/deadlines.ts'

export type ClockId = Id<'regulatory-clock'>
export type FilingId = Id<'regulatory-filing'>
export type CorrectionId = Id<'awareness-correction'>
export const clockRow = binder('regulatory_clock', [
  'operator_id',
  'cve_tag',
  'cve',
  'basis',
  'evidence',
  'awareness_at',
  'final_days',
  'final_from',
  'corrective_at',
  'started_by',
  'started_at',
  'closed_at',
])
export const filingRow = binder('regulatory_filing', [
  'clock_id',
  'operator_id',
  'step',
  'recipient',
  'filed_at',
  'reference',
  'said',
  'recorded_by',
  'recorded_at',
])
export const correctionRow = binder('awareness_correction', [
  'clock_id',
  'operator_id',
  'was_at',
  'awareness_at',
  'reason',
  'proposed_by',
  'proposed_at',
  'confirmed_by',
  'confirmed_at',
  'refused_at',
])
const reminderRowOf = binder('regulatory_reminder', ['operator_id', 'sent_at'])
export const reminderRow = (clock: ClockId, { step, due, hours }: Reminder) =>
  reminderRowOf({ clock_id: clock, step, due_at: due.toISOString(), hours: String(hours) })

/** A row of `regulatory_clock`; `cve` and `evidence` are sealed. */
export interface StoredClock {
  readonly id: ClockId
  readonly operator_id: OperatorId
  readonly cve_tag: Buffer
  readonly cve: Buffer
  readonly basis: ExploitationBasis
  readonly evidence: Buffer
  readonly awareness_at: Date
  readonly final_days: number
  readonly final_from: (typeof FINAL_FROM)[number]
  readonly corrective_at: Date | null
  readonly started_by: PersonId
  readonly started_at: Date
  readonly closed_at: Date | null
}
/** `reference` and `said` are sealed. */
export interface StoredFiling {
  readonly id: FilingId
  readonly clock_id: ClockId
  readonly operator_id: OperatorId
  readonly step: (typeof FILED)[number]
  readonly recipient: (typeof RECIPIENTS)[number]
  readonly filed_at: Date
  readonly reference: Buffer
  readonly said: Buffer
  readonly recorded_by: PersonId
  readonly recorded_at: Date
}
/** `reason` is sealed. */
export interface StoredCorrection {
  readonly id: CorrectionId
  readonly clock_id: ClockId
  readonly operator_id: OperatorId
  readonly was_at: Date
  readonly awareness_at: Date
  readonly reason: Buffer
  readonly proposed_by: PersonId
  readonly proposed_at: Date
}
export interface Reminder {
  readonly step: string
  readonly due: Date
  readonly hours: number
}

export async function insertClock(tx: Tx, clock: Omit<StoredClock, 'corrective_at' | 'closed_at'>): Promise<void> {
  await tx.db.insertInto('regulatory_clock').values(clock).execute()
}

/** A clock of this operator; nobody else changes it until the transaction ends. */
export async function lockClock(tx: Tx, operator: OperatorId, id: ClockId): Promise<StoredClock | undefined> {
  const { rows } = await sql<StoredClock>`select * from regulatory_clock where operator_id = ${operator} and id = ${id} for no key update`.execute(tx.db)
  return rows[0]
}

export async function updateClock(tx: Tx, id: ClockId, change: Partial<Pick<StoredClock, 'awareness_at' | 'corrective_at' | 'closed_at'>>): Promise<void> {
  await tx.db.updateTable('regulatory_clock').set(change).where('id', '=', id).execute()
}

/** Clocks of an operator, or of all while they run; those that run first. */
export async function listClocks(tx: Tx, { operator, tags }: { operator?: OperatorId; tags?: readonly Buffer[] }): Promise<StoredClock[]> {
  const { rows } =
    await sql<StoredClock>`select * from regulatory_clock where ${operator === undefined ? sql`closed_at is null` : sql`operator_id = ${operator}`}
    and ${tags === undefined ? sql`true` : sql`cve_tag = any(${[...tags]}::bytea[])`} order by closed_at is not null, id desc limit 500`.execute(tx.db)
  return rows
}

export async function insertFiling(tx: Tx, filing: StoredFiling): Promise<void> {
  await tx.db.insertInto('regulatory_filing').values(filing).execute()
}

export async function listFilings(tx: Tx, clocks: readonly ClockId[]): Promise<StoredFiling[]> {
  const { rows } = await sql<StoredFiling>`select * from regulatory_filing where clock_id = any(${[...clocks]}::uuid[]) order by filed_at, id`.execute(tx.db)
  return rows
}

export async function insertCorrection(tx: Tx, correction: StoredCorrection): Promise<void> {
  await tx.db.insertInto('awareness_correction').values(correction).execute()
}

/** Corrections that wait for their second person. */
export async function listCorrections(tx: Tx, clocks: readonly ClockId[]): Promise<StoredCorrection[]> {
  const { rows } = await sql<StoredCorrection>`select * from awareness_correction
    where clock_id = any(${[...clocks]}::uuid[]) and confirmed_at is null and refused_at is null`.execute(tx.db)
  return rows
}

export async function closeCorrection(tx: Tx, id: CorrectionId, change: { confirmed_by: PersonId; confirmed_at: Date } | { refused_at: Date }): Promise<void> {
  await tx.db.updateTable('awareness_correction').set(change).where('id', '=', id).execute()
}

/** False when it was sent before. */
export async function insertReminder(tx: Tx, { id, operator_id }: StoredClock, { step, due, hours }: Reminder, at: Date): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto('regulatory_reminder')
    .values({ clock_id: id, operator_id, step, due_at: due, hours, sent_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}
