import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { endProviders, findProvider, providerRow, type Provider } from '#platform/auth/oidc/provider-store.ts'
import { lockManagedProvider } from '#platform/auth/oidc/second-person.ts'
import { tellAboutOrganisation } from '#platform/auth/oidc/tell-about-provider.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { revokeSessionsVia, sessionRow } from '#platform/auth/session-store.ts'
import { Problem } from '#platform/errors.ts'

/**
 * Ends a provider that stands, at once and with every session begun at it, or a proposal. It takes one person, because it only
 * narrows who comes in. Bindings stay for a provider of the same issuer. Throws NOT_FOUND, FORBIDDEN as `lockManagedProvider`,
 * and CONFLICT for one that ended.
 */
export async function endProvider(app: App, actor: PersonActor, id: string): Promise<Provider> {
  return app.db.transaction(actor, async (tx) => {
    const provider = await lockManagedProvider(tx, actor, id)
    if (provider.ended_at) throw new Problem('CONFLICT', 'This has ended already.')
    const at = app.clock.now()
    await endProviders(tx, provider.organisation_id, provider.confirmed_at ? 'live' : 'waiting', actor.person, at)
    const sessions = await revokeSessionsVia(tx, { provider: id }, at)
    const binds = [providerRow({ id }), ...sessions.map((session) => sessionRow({ id: session }))]
    await recordFor(app, tx, provider.proposed_by, { action: 'identity-provider.ended', subject: provider.organisation_id, binds })
    const organisation = { id: provider.organisation_id, name: provider.organisation_name }
    await tellAboutOrganisation(app, tx, organisation, actor.person, 'identity-provider.ended')
    return (await findProvider(tx, id))!
  })
}
