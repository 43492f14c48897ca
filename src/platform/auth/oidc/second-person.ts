import type { PersonActor } from '#platform/auth/actor.ts'
import { withPresentRoles } from '#platform/auth/lock-managed-person.ts'
import { findProvider, holdProviders, type Provider } from '#platform/auth/oidc/provider-store.ts'
import { mayManageSide, maySee } from '#platform/auth/person.ts'
import { findOrganisationSide } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'

/**
 * The provider that the actor is about to decide on; nobody else decides about its organisation until the transaction ends.
 * Throws NOT_FOUND for one that the actor may not know of, and FORBIDDEN for who does not manage the organisation at this moment.
 */
export async function lockManagedProvider(tx: Tx, actor: PersonActor, id: string): Promise<Provider> {
  const seen = await findProvider(tx, id)
  const side = seen && (await findOrganisationSide(tx, seen.organisation_id))
  if (!seen || !side || !maySee(actor, side)) throw new Problem('NOT_FOUND')
  if (!mayManageSide(await withPresentRoles(tx, actor), side)) throw new Problem('FORBIDDEN', 'This organisation decides on its sign-in itself.')
  await holdProviders(tx, seen.organisation_id)
  return (await findProvider(tx, id))!
}
