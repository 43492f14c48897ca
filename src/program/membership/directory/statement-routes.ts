import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { route, type Route } from '#platform/http/route.ts'
import { idSchema } from '#platform/ids.ts'
import { SignedStatement, StatementKeys } from '#program/membership/directory/contract.ts'
import { HTML_TYPE, notFoundPage } from '#program/membership/directory/pages/layout.ts'
import { badge, statementPage } from '#program/membership/directory/pages/statement-page.ts'
import { findStatement } from '#program/membership/directory/statement-store.ts'
import { claimsOf, KEYS_PATH, signStatement, statementKey } from '#program/membership/directory/statement.ts'

const OPEN = { method: 'GET', tag: 'directory', access: 'public', anonymous: true } as const
/** Whatever stands there is answered alike when it is no statement that holds. */
const params = z.object({ id: z.string() })
/** What is asked for where the address holds no id: the same question, without an answer. */
const NOBODY = '00000000-0000-4000-8000-000000000000'

/** A member shows that it is one: as a page, a badge and signed data. Each ends with the membership, at once. */
export function statementRoutes(app: App): Route[] {
  return [
    route({
      ...OPEN,
      url: '/membership/:id',
      summary: 'States that an organisation is a member now.',
      produces: HTML_TYPE,
      params,
      response: z.string(),
      handle: async ({ params: { id }, reply }) => {
        const signed = await read(app, id)
        if (!signed) return notFoundPage(reply, 'No such statement', 'There is no statement of membership at this address.')
        notKept(reply).header(
          'content-security-policy',
          "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        )
        return statementPage(signed)
      },
    }),
    route({
      ...OPEN,
      url: '/membership/:id.json',
      summary: 'The same, signed.',
      params,
      response: SignedStatement,
      handle: async ({ params: { id }, reply }) => {
        notKept(reply)
        return required(await read(app, id))
      },
    }),
    route({
      ...OPEN,
      url: '/membership/:id/badge.svg',
      summary: 'The same as a picture to put on a page of the member.',
      produces: 'image/svg+xml',
      params,
      response: z.string(),
      handle: async ({ params: { id }, reply }) => {
        const signed = required(await read(app, id))
        notKept(reply).header('content-security-policy', "default-src 'none'; sandbox").header('cross-origin-resource-policy', 'cross-origin')
        return badge(signed)
      },
    }),
    route({
      ...OPEN,
      url: KEYS_PATH,
      summary: 'The public keys that sign statements of membership.',
      revalidates: true,
      response: StatementKeys,
      handle: async () => ({ keys: [statementKey(app)] }),
    }),
  ]
}

async function read(app: App, id: string): Promise<z.input<typeof SignedStatement> | undefined> {
  const asked = idSchema().safeParse(id).data ?? NOBODY
  const now = app.clock.now()
  const statement = await app.db.read(system('directory'), (tx) => findStatement(tx, asked, now))
  return statement && signStatement(app, claimsOf(statement, app.config.url.origin, now))
}

function required<T>(statement: T | undefined): T {
  if (!statement) throw new Problem('NOT_FOUND')
  return statement
}

/** A copy in a cache would outlive the membership. */
function notKept(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store')
}
