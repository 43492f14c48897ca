import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { addCertificate, showFingerprint } from '#platform/auth/certificates/add-certificate.ts'
import { endCertificate } from '#platform/auth/certificates/end-certificate.ts'
import { listCertificates } from '#platform/auth/certificates/store.ts'
import { AddCertificate, ClientCertificate } from '#platform/auth/contract.ts'
import { pageById } from '#platform/auth/page-by-id.ts'
import { may } from '#platform/auth/policy.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import { idSchema } from '#platform/ids.ts'

const tag = 'auth'

/** A person's own client certificates. */
export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/account/certificates',
      summary: 'Lists your client certificates, the newest first.',
      tag,
      access: may.listCertificates,
      query: PageQuery,
      response: pageOf(ClientCertificate),
      handle: ({ actor, query }) => {
        const read = (limit: number, before: string | undefined) => app.db.read(actor, (tx) => listCertificates(tx, actor.person, limit, before))
        return pageById(app, 'certificates', query, read, (row) => ({
          id: row.id,
          name: row.name,
          subject: row.subject,
          fingerprint: showFingerprint(row.fingerprint),
          scopes: row.scopes as z.input<typeof ClientCertificate>['scopes'],
          createdAt: row.created_at,
          expiresAt: row.expires_at,
          lastUsedAt: row.last_used_at,
        }))
      },
    }),
    route({
      method: 'POST',
      url: '/api/account/certificates',
      summary: 'Registers a certificate that programs of yours sign in with, until it expires or is revoked.',
      tag,
      access: may.addCertificate,
      creates: true,
      body: AddCertificate,
      status: 201,
      response: ClientCertificate,
      handle: ({ actor, body }) => addCertificate(app, actor, body),
    }),
    route({
      method: 'DELETE',
      url: '/api/account/certificates/:id',
      summary: 'Revokes one of your client certificates.',
      tag,
      access: may.revokeCertificate,
      params: z.object({ id: idSchema() }),
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await endCertificate(app, actor, id)
        return undefined
      },
    }),
  ]
}
