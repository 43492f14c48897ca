import { Readable } from 'node:stream'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { attachmentHeader } from '#platform/http/upload.ts'
import { AdvisoryQuery, PackageParams } from '#program/packages/contract.ts'
import { askForAdvisory, exportAdvisory } from '#program/packages/export-advisory.ts'
import { may } from '#program/policy.ts'

/** Packages in the formats that other programs read: bytes to save. */
export function advisoryRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/packages/:id/advisory',
      summary: 'Gives you a version as a CSAF document or a CVE record, with what you may read and have received.',
      tag: 'packages',
      access: may.exportAdvisory,
      params: PackageParams,
      query: AdvisoryQuery,
      produces: 'application/octet-stream',
      response: z.instanceof(Readable),
      handle: async ({ actor, params: { id }, query, request, reply }) => {
        const wanted = { package: id, ...query }
        if (request.method === 'HEAD') {
          await askForAdvisory(app, actor, wanted)
          return Readable.from([])
        }
        const { name, bytes } = await exportAdvisory(app, actor, wanted)
        reply.header('content-disposition', attachmentHeader(name))
        return Readable.from([bytes])
      },
    }),
  ]
}
