import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { utc } from '#platform/clock/disagreement.ts'
import { apart, type Readings } from '#platform/clock/judge.ts'
import type { Machine } from '#platform/clock/machine.ts'
import { databaseInstant } from '#platform/clock/store.ts'

/**
 * Compares the time that a person states with the machine's and the database's clocks, and returns their readings.
 * Throws CONFLICT when those two disagree: then one has to be set right first; VALIDATION_FAILED when the statement is
 * more than 60 s from either.
 */
export async function checkStatement(tx: Tx, machine: Machine, instant: Date): Promise<Readings> {
  const databaseMs = (await databaseInstant(tx)).getTime()
  const readings = { databaseMs, wallMs: machine.wallMs(), uptimeMs: machine.uptimeMs() }
  const shown = `The wall clock shows ${utc(readings.wallMs)}, the database's ${utc(databaseMs)}`
  if (apart(readings.wallMs, databaseMs)) throw new Problem('CONFLICT', `${shown}. Have the wrong one set right first.`)
  if (apart(readings.wallMs, instant.getTime()) || apart(databaseMs, instant.getTime()))
    throw new Problem('VALIDATION_FAILED', `${shown}; the stated time is over a minute from that.`, {
      fields: [{ field: '/instant', message: 'within a minute of the clocks of the machine and the database' }],
    })
  return readings
}
