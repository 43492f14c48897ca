import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { TOKEN_SCOPES } from '#platform/auth/contract.ts'
import { addToken } from '#platform/auth/create-token.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { revokeTokensNamed, tokenRow } from '#platform/auth/token-store.ts'
import type { PersonId } from '#platform/ids.ts'

const NAME = 'Demonstration'

/** An API token of all scopes for a demonstration's person; ends the one made at the start before. Throws outside the demonstration. */
export async function issueDemonstrationToken(app: App, person: PersonId): Promise<string> {
  if (app.config.edition !== 'demo') throw new Error('a demonstration token outside the demonstration')
  return app.db.transaction(system('host'), async (tx) => {
    const ended = await revokeTokensNamed(tx, person, NAME, app.clock.now())
    if (ended.length > 0) await recordFor(app, tx, person, { action: 'token.revoked', subject: person, binds: ended.map((id) => tokenRow({ id })) })
    return (await addToken(app, tx, person, { name: NAME, scopes: [...TOKEN_SCOPES], expiresInDays: 366 })).secret
  })
}
