import type { App } from '#platform/app.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import { PageQuery } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import { MemberOrganisationPage, type MemberOrganisation } from '#program/membership/contract.ts'
import { listMembers } from '#program/membership/store.ts'
import { may } from '#program/policy.ts'
import { z } from 'zod'

const LIST = 'organisations'
const Position = z.object({ name: z.string(), id: z.string() })

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/organisations',
      summary: 'Lists the member organisations of your operator.',
      tag: 'membership',
      access: may.listOrganisations,
      query: PageQuery,
      response: MemberOrganisationPage,
      handle: async ({ actor, query }) => {
        if (actor.kind !== 'operator') return { items: [], next: null }
        const after = query.cursor === undefined ? undefined : Position.parse(openCursor(app, LIST, query.cursor))
        const rows = await app.db.read(actor, (tx) => listMembers(tx, actor.operator, query.limit + 1, after))
        const items = rows.slice(0, query.limit) as z.input<typeof MemberOrganisation>[]
        const last = items.at(-1)
        return { items, next: rows.length > query.limit && last ? sealCursor(app, LIST, { name: last.name, id: last.id }) : null }
      },
    }),
  ]
}
