import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { Confirmation, Judgement, Memory } from '#platform/clock/judge.ts'

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
