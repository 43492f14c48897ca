import type { App } from '#platform/app.ts'
import { Problem } from '#platform/errors.ts'
import { route, type Route } from '#platform/http/route.ts'
import { Gaps } from '#exchange/gaps/contract.ts'
import { findGaps } from '#exchange/gaps/find-gaps.ts'
import { may } from '#exchange/policy.ts'

/** What a member has not covered or not seen. */
export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/gaps',
      summary: 'Lists what at least five other organisations saw and yours has shipped nothing for (vendor) or never saw (responder).',
      tag: 'gaps',
      access: may.listGaps,
      response: Gaps,
      handle: async ({ actor }) => {
        if (actor.kind !== 'contact') throw new Problem('FORBIDDEN')
        return { items: await findGaps(app, actor) }
      },
    }),
  ]
}
