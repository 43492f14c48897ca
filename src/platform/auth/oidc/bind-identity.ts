import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { identityRow, insertIdentity, type IdentityId } from '#platform/auth/oidc/identity-store.ts'
import { providerState } from '#platform/auth/oidc/provider.ts'
import { findProvider, providerRow, type Provider } from '#platform/auth/oidc/provider-store.ts'
import { findPerson, holdAccount } from '#platform/auth/people-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { isLive } from '#platform/auth/session-store.ts'
import type { PersonId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'

/**
 * Binds the subject that somebody has just shown to hold to the account in whose session they set out. False when that session
 * or the provider ended meanwhile, when the person has an identity, or when the subject is bound, whoever it is bound to.
 */
export async function bindIdentity(
  app: App,
  who: { readonly person: PersonId; readonly session: string },
  provider: Provider,
  subject: string,
): Promise<boolean> {
  return app.db.transaction(system('identity'), async (tx) => {
    await holdAccount(tx, who.person)
    const person = await findPerson(tx, who.person)
    const now = await findProvider(tx, provider.id)
    const at = app.clock.now()
    const stands = person && !person.disabledAt && now && providerState(now, at) === 'live' && (await isLive(tx, who.session))
    if (!stands || person.side.kind !== 'contact' || person.side.organisation !== provider.organisation_id) return false
    const id = app.ids.next<'external-identity'>() as IdentityId
    const { issuer } = provider
    if (!(await insertIdentity(tx, { id, person_id: who.person, issuer, subject, bound_by: 'person', bound_at: at }))) return false
    const binds = [identityRow({ id }), providerRow({ id: provider.id })]
    await recordFor(app, tx, who.person, { action: 'identity.connected', subject: who.person, binds, details: { by: 'person' } })
    await notify(app, tx, who.person, 'identity.connected')
    return true
  })
}
