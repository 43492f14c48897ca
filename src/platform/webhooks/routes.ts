import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { addWebhook } from '#platform/webhooks/add-webhook.ts'
import { endWebhook, pingWebhook, resumeWebhook, rotateSecret } from '#platform/webhooks/change-webhook.ts'
import { AddWebhook, DeliveryList, DeliveryView, WebhookList, WebhookParams, WebhookSecret, WebhookView } from '#platform/webhooks/contract.ts'
import { may } from '#platform/webhooks/policy.ts'
import { listWebhooks, readDeliveries } from '#platform/webhooks/show-webhooks.ts'

const tag = 'webhooks'
const params = WebhookParams

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/webhooks',
      summary: 'Lists the webhooks of your organisation, or of your operator.',
      tag,
      access: may.list,
      response: WebhookList,
      handle: async ({ actor }) => ({ items: await listWebhooks(app, actor) }),
    }),
    route({
      method: 'POST',
      url: '/api/webhooks',
      summary: 'Adds an address that is told of what matters to your organisation; the answer alone holds the secret that deliveries are signed by.',
      tag,
      access: may.add,
      secret: true,
      body: AddWebhook,
      status: 201,
      response: WebhookSecret,
      handle: ({ actor, body }) => addWebhook(app, actor, body.url),
    }),
    route({
      method: 'DELETE',
      url: '/api/webhooks/:id',
      summary: 'Ends a webhook.',
      tag,
      access: may.end,
      params,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await endWebhook(app, actor, id)
        return undefined
      },
    }),
    ...changeRoutes(app),
  ]
}

function changeRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/webhooks/:id/secret',
      summary: 'Makes a new secret; the one before signs beside it for 24 hours.',
      tag,
      access: may.change,
      secret: true,
      params,
      response: WebhookSecret,
      handle: ({ actor, params: { id } }) => rotateSecret(app, actor, id),
    }),
    route({
      method: 'POST',
      url: '/api/webhooks/:id/resumption',
      summary: 'Switches a webhook on again that was switched off because its address took nothing.',
      tag,
      access: may.change,
      params,
      response: WebhookView,
      handle: ({ actor, params: { id } }) => resumeWebhook(app, actor, id),
    }),
    route({
      method: 'POST',
      url: '/api/webhooks/:id/pings',
      summary: 'Queues a test delivery.',
      tag,
      access: may.change,
      params,
      status: 202,
      response: DeliveryView,
      handle: ({ actor, params: { id } }) => pingWebhook(app, actor, id),
    }),
    route({
      method: 'GET',
      url: '/api/webhooks/:id/deliveries',
      summary: 'Lists the newest deliveries to a webhook, with what its address answered.',
      tag,
      access: may.list,
      params,
      response: DeliveryList,
      handle: async ({ actor, params: { id } }) => ({ items: await readDeliveries(app, actor, id) }),
    }),
  ]
}
