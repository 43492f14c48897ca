import type { App } from '#platform/app.ts'
import { endIdentitiesOf, identityRow, insertIdentity, listIdentities, type IdentityId } from '#platform/auth/oidc/identity-store.ts'
import { findLiveProvider, holdProviders, providerRow } from '#platform/auth/oidc/provider-store.ts'
import type { Person } from '#platform/auth/person.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { isEntrusted } from '#platform/auth/scim/entrusted.ts'
import { wasProvisioned } from '#platform/auth/scim/store.ts'
import { revokeSessionsVia, sessionRow } from '#platform/auth/session-store.ts'
import type { Tx } from '#platform/db/database.ts'

/**
 * Binds the subject that the directory names to a contact, where the provider is configured so. Only to an account that the
 * directory made itself, that was never in use, and to which nobody gave more than a directory gives (no admin, no clearance):
 * otherwise whoever holds a token could come in by their own subject as somebody whom people trust. A binding that the directory
 * made ends when it names another subject; one that the person made stays. A subject that is bound to a colleague is left alone.
 */
export async function bindByDirectory(app: App, tx: Tx, person: Person, subject: string | null): Promise<void> {
  if (person.side.kind !== 'contact') return
  const { organisation } = person.side
  await holdProviders(tx, organisation)
  const provider = await findLiveProvider(tx, { organisation })
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
  if (subject === null || !(await isDirectorysOwn(tx, person))) return
  const said = { issuer: provider.issuer, subject }
  const id = app.ids.next<'external-identity'>() as IdentityId
  if (!(await insertIdentity(tx, { id, person_id: person.id, organisation_id: organisation, ...said, bound_by: 'scim', bound_at: at }))) return
  const binds = [identityRow({ id }), providerRow({ id: provider.id })]
  await recordFor(app, tx, person.id, { action: 'identity.connected', subject: person.id, binds, details: { by: 'scim' } })
}

/** Whether the account is the directory's work and nobody else's yet. */
async function isDirectorysOwn(tx: Tx, person: Person): Promise<boolean> {
  return !person.wasActive && !person.roles.includes('admin') && (await wasProvisioned(tx, person.id)) && !(await isEntrusted(tx, person.id))
}
