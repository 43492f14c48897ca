import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { holdOwnAccount } from '#platform/auth/hold-own-account.ts'
import type { ProposeProvider } from '#platform/auth/oidc/contract.ts'
import { isStrict, signInName, type ProviderId } from '#platform/auth/oidc/provider.ts'
import { discoverProvider } from '#platform/auth/oidc/provider-client.ts'
import { earlierSignInName, endProviders, findProvider, holdProviders, insertProvider, providerRow, type Provider } from '#platform/auth/oidc/provider-store.ts'
import { sealedSecretOf } from '#platform/auth/oidc/sealed-secret.ts'
import { tellAboutOrganisation } from '#platform/auth/oidc/tell-about-provider.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { PROVIDER_PROPOSAL_LIFE_MS } from '#platform/auth/session.ts'
import { sealText } from '#platform/crypto/seal-text.ts'
import { Problem } from '#platform/errors.ts'

/**
 * Writes down which identity provider shall speak for the admin's own organisation, after reading its discovery document.
 * Nobody signs in by it until a second person confirms it; what stood before stands until then. A proposal that waited ends.
 * Throws VALIDATION_FAILED for a provider whose document cannot be read, and for a rule weaker than the default that nobody
 * vouched for; FORBIDDEN for who is no contact.
 */
export async function proposeProvider(app: App, actor: PersonActor, input: z.output<typeof ProposeProvider>): Promise<Provider> {
  if (actor.kind !== 'contact') throw new Problem('FORBIDDEN')
  const { rule, clientId, clientSecret, subjectsByScim } = input
  if (!isStrict(rule) && !input.vouched) throw invalid('/vouched', 'a rule other than the default needs you to vouch for it')
  const issuer = await readIssuer(app, input.issuer, clientId, clientSecret)
  const { organisation } = actor
  return app.db.transaction(actor, async (tx) => {
    await holdOwnAccount(tx, actor)
    await holdProviders(tx, organisation)
    const at = app.clock.now()
    const ended = await endProviders(tx, organisation, 'waiting', actor.person, at)
    const id = app.ids.next<'identity-provider'>() as ProviderId
    await insertProvider(tx, {
      id,
      organisation,
      signInName: (await earlierSignInName(tx, organisation)) ?? signInName(randomBytes(12)),
      issuer,
      clientId,
      sealedSecret: sealText(app.keys, sealedSecretOf(id), clientSecret),
      ...rule,
      subjectsByScim,
      by: actor.person,
      at,
      expiresAt: new Date(at.getTime() + PROVIDER_PROPOSAL_LIFE_MS),
    })
    const binds = [id, ...ended].map((row) => providerRow({ id: row }))
    await recordFor(app, tx, actor.person, { action: 'identity-provider.proposed', subject: organisation, binds, details: { strict: isStrict(rule) } })
    const provider = (await findProvider(tx, id))!
    await tellAboutOrganisation(app, tx, { id: organisation, name: provider.organisation_name }, actor.person, 'identity-provider.proposed')
    return provider
  })
}

/** The issuer as its own document spells it. One answer for whatever goes wrong: what lies at an address is not for the sender to learn. */
async function readIssuer(app: App, issuer: string, clientId: string, secret: string): Promise<string> {
  try {
    return (await discoverProvider(app, { issuer, clientId, secret })).serverMetadata().issuer
  } catch (error) {
    app.log.info({ reason: (error as Error).message }, 'an identity provider was refused')
    throw invalid('/issuer', 'no discovery document of this issuer can be read over https from the public internet')
  }
}

function invalid(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
