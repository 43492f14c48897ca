import type { App } from '#platform/app.ts'
import { addressSubject } from '#platform/auth/client.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { RateLimited } from '#platform/http/rate-limit.ts'
import { EVIDENCE_BUDGET } from '#program/membership/applications/contract.ts'
import { bytesOf, insertUpload, lockUploads } from '#program/membership/applications/evidence-budget-store.ts'
import type { ApplicationRow } from '#program/membership/applications/store.ts'

const HOUR_MS = 60 * 60 * 1000

/** A file that came, or is to come (with 0 bytes), from an address. */
export interface Arrival {
  readonly row: ApplicationRow
  readonly address: string
  readonly size: number
  readonly at: Date
}

/**
 * Whether a file has room in what one application, one network in an hour, and all forms of one operator that were not sent in may
 * hold: whoever fills in a form has no account. Throws PAYLOAD_TOO_LARGE for the first, RATE_LIMITED for the other two.
 */
export async function requireBudget(tx: Tx, { row, address, size, at }: Arrival): Promise<void> {
  const network = addressSubject(address)
  const held = await bytesOf(tx, { application: row.id, operator: row.operator_id, network, since: new Date(at.getTime() - HOUR_MS) })
  // Of one that is still to come nobody knows the size: it needs some room.
  const over = (bytes: number, most: number) => bytes + Math.max(size, 1) > most
  if (over(held.application, EVIDENCE_BUDGET.application)) {
    throw new Problem(
      'PAYLOAD_TOO_LARGE',
      `The files of an application hold at most ${EVIDENCE_BUDGET.application / 1_000_000} MB in all; take one back first.`,
    )
  }
  if (over(held.network, EVIDENCE_BUDGET.networkInAnHour))
    throw new RateLimited(3600, 'Too much came from your network within an hour; wait, then send it again.')
  if (over(held.unsent, EVIDENCE_BUDGET.unsentOfOperator)) {
    throw new RateLimited(3600, 'Too many files wait in forms that were not sent in yet; send this one later, or send the form in without it.')
  }
}

/** Takes a file's bytes out of the budgets, in the transaction that keeps the file. Throws as `requireBudget`. */
export async function spendBudget(app: App, tx: Tx, arrival: Arrival): Promise<void> {
  const { row, address, size, at } = arrival
  await lockUploads(tx, row.operator_id)
  await requireBudget(tx, arrival)
  await insertUpload(tx, { id: app.ids.next<'evidence-upload'>(), operator: row.operator_id, network: addressSubject(address), size, at })
}
