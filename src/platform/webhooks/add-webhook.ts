import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { sealText } from '#platform/crypto/seal-text.ts'
import { Problem } from '#platform/errors.ts'
import type { WebhookSecret } from '#platform/webhooks/contract.ts'
import { ownerOf, showWebhook } from '#platform/webhooks/show-webhooks.ts'
import { createWebhookSecret } from '#platform/webhooks/standard-webhook.ts'
import { endpointRow, holdOwner, insertEndpoint, listEndpoints, lockEndpoint, sealedSecretOf, sealedUrlOf } from '#platform/webhooks/store.ts'

const MOST = 5

/**
 * Adds an address that is told of what matters to the actor's organisation, or operator. The secret is in this answer and in no
 * other. Throws VALIDATION_FAILED for an address that is never sent to, and CONFLICT when there are five already.
 */
export async function addWebhook(app: App, actor: PersonActor, address: string): Promise<z.input<typeof WebhookSecret>> {
  const url = checkedAddress(app, address)
  const owner = ownerOf(actor)
  return app.db.transaction(actor, async (tx) => {
    await holdOwner(tx, owner)
    if ((await listEndpoints(tx, owner)).length >= MOST) throw new Problem('CONFLICT', `There are ${MOST} webhooks already; end one first.`)
    const id = app.ids.next<'webhook-endpoint'>()
    const secret = createWebhookSecret()
    const sealed = { url: sealText(app.keys, sealedUrlOf(id), url), secret: sealText(app.keys, sealedSecretOf(id), secret) }
    await insertEndpoint(tx, { id, owner, ...sealed, by: actor.person, at: app.clock.now() })
    await recordFor(app, tx, actor.person, { action: 'webhook.added', subject: id, binds: [endpointRow({ id })] })
    return { ...showWebhook(app, (await lockEndpoint(tx, id, owner))!), secret }
  })
}

/**
 * The address as it will be sent to. What its name resolves to is looked at whenever it is connected to, not here: what lies in a
 * network is not for the sender to learn, and a name can point elsewhere later.
 */
function checkedAddress({ config }: App, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url) throw refused('an https address')
  const named = config.webhookPrivateHosts.includes(url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase())
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && named)) throw refused('an https address')
  if (url.username !== '' || url.password !== '') throw refused('an address without a user name or password')
  if (url.hash !== '') throw refused('an address without a fragment')
  return url.href
}

function refused(message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/url', message }] })
}
