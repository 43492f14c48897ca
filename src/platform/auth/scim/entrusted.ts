import { discover } from '#platform/discover.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'

/**
 * Whether a feature has given a person something that no directory gives: exported as `isEntrusted` by a file `entrusted-by.ts` and
 * found there. It crosses the actor's own rows by `tx.asSystem`.
 */
export type EntrustedStep = (tx: Tx, person: PersonId) => Promise<boolean>

let steps: Promise<readonly EntrustedStep[]> | undefined

/** Whether anybody trusts a person with more than an account. */
export async function isEntrusted(tx: Tx, person: PersonId): Promise<boolean> {
  steps ??= discover<EntrustedStep>('entrusted-by.ts', 'isEntrusted').then((found) => found.map(({ value }) => value))
  for (const step of await steps) if (await step(tx, person)) return true
  return false
}
