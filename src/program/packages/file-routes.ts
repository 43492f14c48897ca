import { Readable } from 'node:stream'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { attachmentHeader } from '#platform/http/upload.ts'
import { attachFile, MAX_FILE_BYTES } from '#program/packages/attach-file.ts'
import { AttachQuery, FileParams, FileQuery, PackageParams, PackageView } from '#program/packages/contract.ts'
import { askForFile, openFile } from '#program/packages/open-file.ts'
import { may } from '#program/policy.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'packages'

/** Attachments and proofs of concept: always bytes to save, never anything to show. */
export function fileRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/packages/:id/attachments',
      summary: 'Adds a file to a draft; its name comes in Content-Disposition.',
      tag,
      access: may.editPackage,
      params: PackageParams,
      query: AttachQuery,
      consumes: ['application/octet-stream'],
      bodyLimit: MAX_FILE_BYTES,
      status: 201,
      response: PackageView,
      handle: ({ actor, params: { id }, query: { part }, body }) => attachFile(app, staff(actor), id, { part, upload: body }),
    }),
    route({
      method: 'GET',
      url: '/api/packages/:id/attachments/:object',
      summary: 'Gives you a file of a package; for contacts against a receipt.',
      tag,
      access: may.downloadFile,
      params: FileParams,
      query: FileQuery,
      produces: 'application/octet-stream',
      response: z.instanceof(Readable),
      handle: async ({ actor, params: { id, object }, query: { version }, request, reply }) => {
        const wanted = { package: id, object, version }
        if (request.method === 'HEAD') {
          await askForFile(app, actor, wanted)
          return Readable.from([])
        }
        const { name, stream } = await openFile(app, actor, wanted)
        reply.header('content-disposition', attachmentHeader(name))
        // While bytes are sent it is asked again whether this person may have this file (platform/http/while-permitted.ts).
        const { stillMay } = request
        request.stillMay = async () => {
          await stillMay()
          await askForFile(app, actor, wanted)
        }
        return stream
      },
    }),
  ]
}
