import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { CreatedToken, CreateToken } from '#platform/auth/contract.ts'
import { holdOwnAccount } from '#platform/auth/hold-own-account.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { createSecret } from '#platform/auth/secret.ts'
import { countTokens, insertToken, tokenRow } from '#platform/auth/token-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'

const DAY_MS = 86_400_000

/** More would be a mistake of a script, and a list that nobody reads. */
const MOST_TOKENS = 50

/** Makes an API token of the actor's own; the answer is the only place where its secret is ever shown. Throws CONFLICT past 50 live tokens. */
export async function createToken(app: App, actor: PersonActor, input: z.output<typeof CreateToken>): Promise<z.input<typeof CreatedToken>> {
  return app.db.transaction(actor, async (tx) => {
    await holdOwnAccount(tx, actor)
    if ((await countTokens(tx, actor.person, app.clock.now())) >= MOST_TOKENS)
      throw new Problem('CONFLICT', `You have ${MOST_TOKENS} tokens that work; revoke one that is not used any more first.`)
    return addToken(app, tx, actor.person, input)
  })
}

/** Makes an API token for a person; the caller has authorised it. */
export async function addToken(app: App, tx: Tx, person: PersonId, input: z.output<typeof CreateToken>): Promise<z.input<typeof CreatedToken>> {
  const { name, expiresInDays } = input
  const scopes = [...new Set(input.scopes)]
  const at = app.clock.now()
  const expiresAt = new Date(at.getTime() + expiresInDays * DAY_MS)
  const { text, prefix, hash } = createSecret('token')
  const id = app.ids.next()
  await insertToken(tx, { id, person, name, prefix, hash, scopes, at, expiresAt })
  await recordFor(app, tx, person, { action: 'token.created', subject: person, binds: [tokenRow({ id })] })
  return { token: { id, name, prefix, scopes, createdAt: at, expiresAt, lastUsedAt: null }, secret: text }
}
