import type { App } from '#platform/app.ts'
import { endIdentitiesOf, identityRow, insertIdentity, listIdentities, type IdentityId } from '#platform/auth/oidc/identity-store.ts'
import { findLiveProvider, providerRow } from '#platform/auth/oidc/provider-store.ts'
import type { Person } from '#platform/auth/person.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { revokeSessionsVia, sessionRow } from '#platform/auth/session-store.ts'
import type { Tx } from '#platform/db/database.ts'

/**
 * Binds the subject that the directory names to a contact, where the provider is configured so. Only to an account that was
 * never in use: otherwise whoever holds a token could have their own subject bound to an admin's account. A binding that the
 * directory made ends when it names another subject; one that the person made stays. A subject that is bound to somebody else,
 * of whatever member, is left alone without a word: the answer must not tell who else has an account here.
 */
export async function bindByDirectory(app: App, tx: Tx, person: Person, subject: string | null): Promise<void> {
  if (person.side.kind !== 'contact') return
  const provider = await findLiveProvider(tx, { organisation: person.side.organisation })
  if (!provider?.subjects_by_scim) return
  const [bound] = await listIdentities(tx, person.id, 1)
  if (bound?.subject === subject || bound?.bound_by === 'person') return
  const at = app.clock.now()
  if (bound) {
    await endIdentitiesOf(tx, person.id, at)
    const sessions = await revokeSessionsVia(tx, { identity: bound.id }, at)
    const binds = [identityRow({ id: bound.id }), ...sessions.map((id) => sessionRow({ id }))]
    await recordFor(app, tx, person.id, { action: 'identity.disconnected', subject: person.id, binds })
  }
  if (subject === null || person.wasActive) return
  const id = app.ids.next<'external-identity'>() as IdentityId
  if (!(await insertIdentity(tx, { id, person_id: person.id, issuer: provider.issuer, subject, bound_by: 'scim', bound_at: at }))) return
  const binds = [identityRow({ id }), providerRow({ id: provider.id })]
  await recordFor(app, tx, person.id, { action: 'identity.connected', subject: person.id, binds, details: { by: 'scim' } })
}
