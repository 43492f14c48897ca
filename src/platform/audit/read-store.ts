import type { z } from 'zod'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { ExportQuery } from '#platform/audit/contract.ts'
import type { Tx } from '#platform/db/database.ts'

export type LeafFilter = z.output<typeof ExportQuery>

export interface LeafRow {
  readonly index: number
  readonly happened_at: Date
  readonly action: string
  readonly actor_id: string | null
  readonly actor_name: string | null
  readonly subject_id: string | null
  readonly body: Buffer
}

/** The newest leaves of the actor's operator, and of the instance itself, that the filter lets through, older than leaf `before`. */
export async function listLeaves(tx: Tx, actor: OperatorActor, filter: LeafFilter, page: { limit: number; before?: number }): Promise<LeafRow[]> {
  let query = leaves(tx, actor).orderBy('l.index', 'desc').limit(page.limit)
  if (page.before !== undefined) query = query.where('l.index', '<', page.before)
  if (filter.action !== undefined) query = query.where('l.action', '=', filter.action)
  if (filter.actor !== undefined) query = query.where('l.actor_id', '=', filter.actor)
  if (filter.subject !== undefined) query = query.where('l.subject_id', '=', filter.subject)
  if (filter.from !== undefined) query = query.where('l.happened_at', '>=', filter.from)
  if (filter.to !== undefined) query = query.where('l.happened_at', '<', filter.to)
  return query.execute()
}

export async function findLeaf(tx: Tx, actor: OperatorActor, index: number): Promise<LeafRow | undefined> {
  return leaves(tx, actor).where('l.index', '=', index).executeTakeFirst()
}

/** Row-level security says the same; named here so that the index by operator is used. */
function leaves(tx: Tx, actor: OperatorActor) {
  return tx.db
    .selectFrom('audit_leaf as l')
    .leftJoin('person as p', 'p.id', 'l.actor_id')
    .select(['l.index', 'l.happened_at', 'l.action', 'l.actor_id', 'p.name as actor_name', 'l.subject_id', 'l.body'])
    .where((is) => is.or([is('l.operator_id', '=', actor.operator), is('l.operator_id', 'is', null)]))
}
