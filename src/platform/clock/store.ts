import { binder } from '#platform/audit/audit.ts'
import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { Confirmation, Judgement, Memory } from '#platform/clock/judge.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'

/** What a leaf fixes of a confirmation. */
export const confirmationRow = binder('clock_confirmation', [
  'operator_id',
  'instant',
  'proposed_by',
  'proposed_at',
  'confirmed_by',
  'confirmed_instant',
  'confirmed_at',
])

/** Serialises the samples and confirmations of one boot: whoever holds its row decides alone. */
export async function lockAnchor(tx: Tx, bootId: string): Promise<void> {
  const find = () => tx.db.selectFrom('clock_anchor').select('boot_id').where('boot_id', '=', bootId).forUpdate().executeTakeFirst()
  if (await find()) return
  await tx.db
    .insertInto('clock_anchor')
    .values({ boot_id: bootId, sampled_at: sql<Date>`clock_timestamp()` })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await find()
}

/** The database's clock at this very moment, not at the start of the transaction. */
export async function databaseInstant(tx: Tx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx.db)
  return rows[0]!.now
}

export async function readMemory(tx: Tx, bootId: string): Promise<Memory> {
  const anchor = await tx.db.selectFrom('clock_anchor').select(['zero', 'trusted', 'confirmation_id']).where('boot_id', '=', bootId).executeTakeFirst()
  const mark = await tx.db.selectFrom('clock_mark').select('high_water').executeTakeFirst()
  return {
    markMs: mark?.high_water.getTime(),
    zeroMs: anchor?.zero?.getTime(),
    trustedMs: anchor?.trusted?.getTime(),
    confirmationId: anchor?.confirmation_id ?? undefined,
    confirmation: await newestConfirmation(tx),
  }
}

async function newestConfirmation(tx: Tx): Promise<Confirmation | undefined> {
  const row = await tx.db
    .selectFrom('clock_confirmation')
    .select(['id', 'confirmed_instant', 'confirmed_at'])
    .where('confirmed_at', 'is not', null)
    .orderBy('confirmed_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { id: row.id, instantMs: row.confirmed_instant!.getTime(), databaseMs: row.confirmed_at!.getTime() }
}

/** Stores what a sample decided. The mark only rises, and only while the clocks agree. */
export async function saveJudgement(tx: Tx, bootId: string, judged: Judgement, text: string | undefined): Promise<void> {
  await tx.db
    .updateTable('clock_anchor')
    .set({
      zero: judged.zeroMs === undefined ? null : new Date(judged.zeroMs),
      trusted: new Date(judged.trustedMs),
      confirmation_id: judged.confirmationId ?? null,
      sampled_at: new Date(judged.readings.databaseMs),
      disagreement: text ?? null,
      ...(text === undefined && { disagreement_noticed: false }),
    })
    .where('boot_id', '=', bootId)
    .execute()
  if (!judged.disagreement) await raiseMark(tx, new Date(judged.trustedMs))
}

async function raiseMark(tx: Tx, instant: Date): Promise<void> {
  await tx.db
    .insertInto('clock_mark')
    .values({ high_water: instant })
    .onConflict((conflict) => conflict.column('only_row').doUpdateSet({ high_water: sql`greatest(clock_mark.high_water, excluded.high_water)` }))
    .execute()
}

/** The line of a boot as people stated it; what the boot had reached and what it reported stays for its next sample to judge. */
export async function setLine(tx: Tx, bootId: string, zero: Date, confirmationId: string): Promise<void> {
  await tx.db.updateTable('clock_anchor').set({ zero, confirmation_id: confirmationId }).where('boot_id', '=', bootId).execute()
}

export async function readMark(tx: Tx): Promise<Date | undefined> {
  return (await tx.db.selectFrom('clock_mark').select('high_water').executeTakeFirst())?.high_water
}

export async function lowerMark(tx: Tx, instant: Date): Promise<void> {
  await tx.db.updateTable('clock_mark').set({ high_water: instant }).execute()
  await tx.db.updateTable('clock_anchor').set({ trusted: instant }).where('trusted', '>', instant).execute()
}

interface Statement {
  readonly id: string
  readonly instant: Date
  /** By the database's clock. */
  readonly at: Date
}

export async function insertProposal(tx: Tx, { id, instant, at, operator, person }: Statement & { operator: OperatorId; person: PersonId }): Promise<void> {
  await tx.db.insertInto('clock_confirmation').values({ id, operator_id: operator, instant, proposed_by: person, proposed_at: at }).execute()
}

export async function insertHostConfirmation(tx: Tx, { id, instant, at }: Statement): Promise<void> {
  await tx.db.insertInto('clock_confirmation').values({ id, instant, proposed_at: at, confirmed_instant: instant, confirmed_at: at }).execute()
}

export async function lockProposal(tx: Tx, id: string) {
  return tx.db
    .selectFrom('clock_confirmation')
    .select(['instant', 'proposed_by', 'confirmed_at'])
    .where('id', '=', id)
    .where('proposed_by', 'is not', null)
    .forUpdate()
    .executeTakeFirst()
}

export async function confirmProposal(tx: Tx, { id, instant, at, person }: Statement & { person: PersonId }): Promise<void> {
  await tx.db.updateTable('clock_confirmation').set({ confirmed_by: person, confirmed_instant: instant, confirmed_at: at }).where('id', '=', id).execute()
}

/** The newest proposal that waits for a second person, made after `since` on the database's clock. */
export async function findOpenProposal(tx: Tx, since: Date) {
  return proposals(tx).where('confirmed_at', 'is', null).where('proposed_at', '>', since).orderBy('proposed_at', 'desc').limit(1).executeTakeFirst()
}

export async function findProposal(tx: Tx, id: string) {
  return proposals(tx).where('clock_confirmation.id', '=', id).executeTakeFirst()
}

function proposals(tx: Tx) {
  return tx.db
    .selectFrom('clock_confirmation')
    .innerJoin('person', 'person.id', 'clock_confirmation.proposed_by')
    .select(['clock_confirmation.id', 'instant', 'person.name as proposedBy'])
}

/** Machines whose disagreement nobody was told of; from now on somebody was. */
export async function takeUnnoticed(tx: Tx): Promise<{ boot_id: string; disagreement: string | null }[]> {
  return tx.db
    .updateTable('clock_anchor')
    .set({ disagreement_noticed: true })
    .where('disagreement', 'is not', null)
    .where('disagreement_noticed', '=', false)
    .returning(['boot_id', 'disagreement'])
    .execute()
}

export async function publishers(tx: Tx): Promise<PersonId[]> {
  const rows = await tx.db
    .selectFrom('role_grant')
    .innerJoin('person', 'person.id', 'role_grant.person_id')
    .select('person.id')
    .where('role', '=', 'operator:publisher')
    .where('disabled_at', 'is', null)
    .execute()
  return rows.map((row) => row.id as PersonId)
}
