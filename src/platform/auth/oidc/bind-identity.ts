import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { isSessionGood } from '#platform/auth/credential-store.ts'
import { identityRow, insertIdentity, type IdentityId } from '#platform/auth/oidc/identity-store.ts'
import { providerState } from '#platform/auth/oidc/provider.ts'
import { findProvider, holdProviders, providerRow, type Provider } from '#platform/auth/oidc/provider-store.ts'
import { findPerson, holdAccount } from '#platform/auth/people-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import type { PersonId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'

/**
 * Binds the subject that somebody has just shown to hold to the account in whose session they set out. False when that session
 * would not let them in any more (ended, expired, idle; the person disabled, the member suspended), when the provider ended
 * meanwhile, when the person has an identity, or when the subject is bound to a colleague.
 */
export async function bindIdentity(
  app: App,
  who: { readonly person: PersonId; readonly session: string },
  provider: Provider,
  subject: string,
): Promise<boolean> {
  return app.db.transaction(system('identity'), async (tx) => {
    await holdAccount(tx, who.person)
    // Whoever replaces the provider waits, or is waited for: no binding to an issuer that has just been left comes after its end.
    await holdProviders(tx, provider.organisation_id)
    const person = await findPerson(tx, who.person)
    const now = await findProvider(tx, provider.id)
    const at = app.clock.now()
    const stands = now && providerState(now, at) === 'live' && (await isSessionGood(tx, who.session, who.person, at, app.config.edition === 'demo'))
    if (!stands || !person || person.side.kind !== 'contact' || person.side.organisation !== provider.organisation_id) return false
    const id = app.ids.next<'external-identity'>() as IdentityId
    const bound = { id, person_id: who.person, organisation_id: provider.organisation_id, issuer: provider.issuer, subject }
    if (!(await insertIdentity(tx, { ...bound, bound_by: 'person', bound_at: at }))) return false
    const binds = [identityRow({ id }), providerRow({ id: provider.id })]
    await recordFor(app, tx, who.person, { action: 'identity.connected', subject: who.person, binds, details: { by: 'person' } })
    await notify(app, tx, who.person, 'identity.connected')
    return true
  })
}
