import type { App } from '#platform/app.ts'
import { adminsOf, membershipOfficers, operatorsOf } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OrganisationId, PersonId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'

type ProviderNotice = 'identity-provider.proposed' | 'identity-provider.confirmed' | 'identity-provider.ended' | 'organisation.without-admin'

/** Tells an organisation's other admins, and the membership officers of its operators, what was decided about how its people sign in. */
export async function tellAboutOrganisation(
  app: App,
  tx: Tx,
  organisation: { readonly id: OrganisationId; readonly name: string },
  except: PersonId,
  kind: ProviderNotice,
): Promise<void> {
  const people = await adminsOf(tx, organisation.id)
  for (const operator of await operatorsOf(tx, organisation.id)) people.push(...(await membershipOfficers(tx, operator)))
  const told = people.filter((person) => person !== except)
  await notify(app, tx, told, kind, { organisation: organisation.id, name: organisation.name })
}
