import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { endIdentitiesElsewhere, identityRow } from '#platform/auth/oidc/identity-store.ts'
import { providerState } from '#platform/auth/oidc/provider.ts'
import { endProviders, findProvider, providerRow, setConfirmed, type Provider } from '#platform/auth/oidc/provider-store.ts'
import { lockManagedProvider } from '#platform/auth/oidc/second-person.ts'
import { tellAboutOrganisation } from '#platform/auth/oidc/tell-about-provider.ts'
import { adminsOf } from '#platform/auth/people-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { revokeSessionsVia, sessionRow } from '#platform/auth/session-store.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'

/**
 * The second person agrees: from now on the organisation's people sign in at this provider. The one that stood before ends with
 * its sessions, and bindings to another issuer end. Throws NOT_FOUND, FORBIDDEN for who does not manage the organisation,
 * SECOND_PERSON_NEEDED for who proposed it, CONFLICT when it does not wait any more or its proposer is no admin any more.
 */
export async function confirmProvider(app: App, actor: PersonActor, id: string): Promise<Provider> {
  return app.db.transaction(actor, async (tx) => {
    const provider = await lockManagedProvider(tx, actor, id)
    const at = app.clock.now()
    if (provider.proposed_by === actor.person) throw new Problem('SECOND_PERSON_NEEDED')
    if (providerState(provider, at) !== 'waits') throw new Problem('CONFLICT', 'This proposal does not wait any more.')
    if (!(await adminsOf(tx, provider.organisation_id)).includes(provider.proposed_by))
      throw new Problem('CONFLICT', 'Who proposed it is no admin any more; propose it anew.')
    const binds = await replace(tx, actor, provider, at)
    await recordFor(app, tx, provider.proposed_by, { action: 'identity-provider.confirmed', subject: provider.organisation_id, binds })
    const organisation = { id: provider.organisation_id, name: provider.organisation_name }
    await tellAboutOrganisation(app, tx, organisation, actor.person, 'identity-provider.confirmed')
    return (await findProvider(tx, id))!
  })
}

async function replace(tx: Tx, actor: PersonActor, provider: Provider, at: Date): Promise<Binding[]> {
  const before = await endProviders(tx, provider.organisation_id, 'live', actor.person, at)
  const sessions: string[] = []
  for (const ended of before) sessions.push(...(await revokeSessionsVia(tx, { provider: ended }, at)))
  await setConfirmed(tx, provider.id, actor.person, at)
  const identities = await endIdentitiesElsewhere(tx, provider.organisation_id, provider.issuer, at)
  return [
    ...[provider.id, ...before].map((id) => providerRow({ id })),
    ...sessions.map((id) => sessionRow({ id })),
    ...identities.map((id) => identityRow({ id })),
  ]
}
