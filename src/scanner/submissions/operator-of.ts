import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { listActiveOperators } from '#scanner/submissions/store.ts'

/**
 * With which operator something is handed in: the one that is named, or the only one. Throws VALIDATION_FAILED, for the `field` that
 * names it, where it has to be named or is not the actor's, and FORBIDDEN for an organisation that is an active member nowhere.
 */
export async function operatorOf(tx: Tx, actor: PersonActor, named: OperatorId | undefined, field: string): Promise<OperatorId> {
  const refused = (message: string) => new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
  const possible = actor.kind === 'operator' ? [actor.operator] : await listActiveOperators(tx, actor.organisation)
  if (possible.length === 0) throw new Problem('FORBIDDEN', 'Your organisation is not an active member of any operator.')
  if (named !== undefined && !possible.includes(named)) throw refused('an operator of which your organisation is an active member')
  if (named === undefined && possible.length > 1) throw refused('your organisation is a member of several operators: say which one it is for')
  return named ?? possible[0]!
}
