import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { TOKEN_SCOPES } from '#platform/auth/contract.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { createSecret } from '#platform/auth/secret.ts'
import { insertToken, revokeTokens, tokenRow } from '#platform/auth/token-store.ts'
import type { PersonId } from '#platform/ids.ts'

const LIFE_MS = 30 * 86_400_000

/** An API token of all scopes for a demonstration's person; earlier ones end. Returns the secret. Throws outside the demonstration. */
export async function issueDemonstrationToken(app: App, person: PersonId): Promise<string> {
  if (app.config.edition !== 'demo') throw new Error('a demonstration token outside the demonstration')
  return app.db.transaction(system('host'), async (tx) => {
    const at = app.clock.now()
    const { text, prefix, hash } = createSecret('token')
    const id = app.ids.next()
    const ended = await revokeTokens(tx, person, at)
    await insertToken(tx, { id, person, name: 'Demonstration', prefix, hash, scopes: TOKEN_SCOPES, at, expiresAt: new Date(at.getTime() + LIFE_MS) })
    const binds = [id, ...ended].map((token) => tokenRow({ id: token }))
    await recordFor(app, tx, person, { action: 'token.created', subject: person, binds, details: { scopes: TOKEN_SCOPES } })
    return text
  })
}
