import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { pageById } from '#platform/auth/page-by-id.ts'
import { Problem } from '#platform/errors.ts'
import { PageQuery } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import { approveImport, closeImport } from '#program/membership/imports/approve-import.ts'
import {
  ApprovedImport,
  ImportParams,
  ImportQuery,
  ImportReport,
  MAX_IMPORT_BYTES,
  MemberImportPage,
  MemberImportView,
} from '#program/membership/imports/contract.ts'
import { openRows, showImport } from '#program/membership/imports/member-import.ts'
import { proposeImport, tryImport } from '#program/membership/imports/propose-import.ts'
import { findImport, listImports } from '#program/membership/imports/store.ts'
import { may } from '#program/policy.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'membership'

/** Lists of members that are brought in: one officer proposes, another admits them all. */
export function routes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/member-imports',
      summary: 'Reads a list of members from CSV and reports each bad line; with dryRun=false a list without one waits for a second officer.',
      tag,
      access: may.proposeImport,
      query: ImportQuery,
      consumes: ['text/csv'],
      bodyLimit: MAX_IMPORT_BYTES,
      response: ImportReport,
      handle: ({ actor, query: { dryRun }, body }) => (dryRun === 'true' ? tryImport(app, staff(actor), body) : proposeImport(app, staff(actor), body)),
    }),
    route({
      method: 'GET',
      url: '/api/member-imports',
      summary: "Lists your operator's lists of members, the newest first.",
      tag,
      access: may.listImports,
      query: PageQuery,
      response: MemberImportPage,
      handle: ({ actor, query }) => {
        const now = app.clock.now()
        const { operator } = staff(actor)
        const read = (limit: number, before: string | undefined) => app.db.read(actor, (tx) => listImports(tx, operator, limit, before))
        return pageById(app, 'member-imports', query, read, (row) => showImport(row, now))
      },
    }),
    route({
      method: 'GET',
      url: '/api/member-imports/:id',
      summary: 'Shows a list with its rows.',
      tag,
      access: may.listImports,
      params: ImportParams,
      response: MemberImportView,
      handle: async ({ actor, params: { id } }) => {
        const row = await app.db.read(actor, (tx) => findImport(tx, staff(actor).operator, id))
        if (!row) throw new Problem('NOT_FOUND')
        return { ...showImport(row, app.clock.now()), rows: openRows(app, row) }
      },
    }),
    route({
      method: 'POST',
      url: '/api/member-imports/:id/approval',
      summary: 'Admits every member of a list that another officer proposed, and invites their contacts; the one-time links are shown in this answer only.',
      tag,
      access: may.approveImport,
      creates: true,
      secret: true,
      params: ImportParams,
      status: 201,
      response: ApprovedImport,
      handle: ({ actor, params: { id } }) => approveImport(app, staff(actor), id),
    }),
    route({
      method: 'DELETE',
      url: '/api/member-imports/:id',
      summary: 'Closes a list that waits; nobody is admitted by it.',
      tag,
      access: may.closeImport,
      params: ImportParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await closeImport(app, staff(actor), id)
        return undefined
      },
    }),
  ]
}
