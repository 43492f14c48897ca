import { certificateRow, revokeCertificates } from '#platform/auth/certificates/store.ts'
import { linkRow, revokeLinks } from '#platform/auth/link-store.ts'
import { endIdentitiesOf, identityRow } from '#platform/auth/oidc/identity-store.ts'
import { passkeyRow, revokePasskeys } from '#platform/auth/passkey-store.ts'
import { revokeSessions, sessionRow } from '#platform/auth/session-store.ts'
import { revokeTokens, tokenRow } from '#platform/auth/token-store.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'

/** Ends every passkey, session, API token, client certificate, unused link and binding to an identity provider of a person at once. The caller holds the account (`holdAccount`, `lockManagedPerson`). Returns the rows for the caller's audit record. */
export async function endCredentials(tx: Tx, person: PersonId, at: Date): Promise<Binding[]> {
  const ended = [
    [passkeyRow, await revokePasskeys(tx, person, at)],
    [sessionRow, await revokeSessions(tx, person, at)],
    [tokenRow, await revokeTokens(tx, person, at)],
    [certificateRow, await revokeCertificates(tx, person, at)],
    [linkRow, await revokeLinks(tx, person, at)],
    [identityRow, await endIdentitiesOf(tx, person, at)],
  ] as const
  return ended.flatMap(([row, ids]) => ids.map((id) => row({ id })))
}
