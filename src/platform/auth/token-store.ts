import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'

export const tokenRow = binder('api_token', ['person_id', 'name', 'prefix', 'secret_hash', 'scopes', 'created_at', 'expires_at', 'revoked_at'])

export interface NewToken {
  readonly id: string
  readonly person: PersonId
  readonly name: string
  readonly prefix: string
  readonly hash: Buffer
  readonly scopes: readonly string[]
  readonly at: Date
  readonly expiresAt: Date
}

export async function insertToken(tx: Tx, token: NewToken): Promise<void> {
  await tx.db
    .insertInto('api_token')
    .values({
      id: token.id,
      person_id: token.person,
      name: token.name,
      prefix: token.prefix,
      secret_hash: token.hash,
      scopes: [...token.scopes],
      created_at: token.at,
      expires_at: token.expiresAt,
    })
    .execute()
}

/** Tokens of one person that were not revoked, expired ones included, the newest first, from after `before` on. */
export function listTokens(tx: Tx, person: PersonId, limit: number, before: string | undefined) {
  return tx.db
    .selectFrom('api_token')
    .select(['id', 'name', 'prefix', 'scopes', 'created_at', 'expires_at', 'last_used_at'])
    .where('person_id', '=', person)
    .where('revoked_at', 'is', null)
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** How many tokens of a person can be used now. */
export async function countTokens(tx: Tx, person: PersonId, now: Date): Promise<number> {
  const { count } = await tx.db
    .selectFrom('api_token')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('person_id', '=', person)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow()
  return count
}

/** Ends one token of a person; false when there is none to end. */
export async function revokeToken(tx: Tx, person: PersonId, id: string, at: Date): Promise<boolean> {
  const rows = await tx.db
    .updateTable('api_token')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('person_id', '=', person)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute()
  return rows.length > 0
}

/** Ends every token of a person; returns their ids. */
export async function revokeTokens(tx: Tx, person: PersonId, at: Date): Promise<string[]> {
  const rows = await tx.asSystem((db) =>
    db.updateTable('api_token').set({ revoked_at: at }).where('person_id', '=', person).where('revoked_at', 'is', null).returning('id').execute(),
  )
  return rows.map(({ id }) => id)
}

/** Ends the tokens of a person that carry a name; returns their ids. */
export async function revokeTokensNamed(tx: Tx, person: PersonId, name: string, at: Date): Promise<string[]> {
  const rows = await tx.db
    .updateTable('api_token')
    .set({ revoked_at: at })
    .where('person_id', '=', person)
    .where('name', '=', name)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}
