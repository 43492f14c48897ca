import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { pageById } from '#platform/auth/page-by-id.ts'
import { PageQuery } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import { may } from '#program/policy.ts'
import { ProtectionPage, ProtectionView, ReportProtection } from '#program/protections/contract.ts'
import { reportProtection } from '#program/protections/report-protection.ts'
import { listProtections, type StoredProtection } from '#program/protections/store.ts'
import { contact } from '#platform/auth/staff.ts'

const tag = 'protections'

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/protections',
      summary: "Lists the protections that vendors reported to your operator, or your own organisation's, the newest first.",
      tag,
      access: may.listProtections,
      query: PageQuery,
      response: ProtectionPage,
      handle: ({ actor, query }) => {
        const whose = actor.kind === 'operator' ? { operator: actor.operator } : { organisation: actor.organisation }
        const read = (limit: number, before: string | undefined) => app.db.read(actor, (tx) => listProtections(tx, whose, limit, before))
        return pageById(app, 'protections', query, read, show)
      },
    }),
    route({
      method: 'POST',
      url: '/api/protections',
      summary: 'Reports a protection that your organisation has shipped now.',
      tag,
      access: may.reportProtection,
      creates: true,
      body: ReportProtection,
      status: 201,
      response: ProtectionView,
      handle: async ({ actor, body }) => show(await reportProtection(app, contact(actor), body)),
    }),
  ]
}

function show({ organisation_id: id, organisation_name: name, shipped_at: shippedAt, ...said }: StoredProtection): z.input<typeof ProtectionView> {
  return { ...said, organisation: { id, name }, shippedAt }
}
