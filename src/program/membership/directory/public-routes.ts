import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { Problem } from '#platform/errors.ts'
import { route, type Route } from '#platform/http/route.ts'
import { CriteriaView, FaqView, FeaturedMembers, MembersQuery, ProgrammeView } from '#program/membership/directory/contract.ts'
import { openFeaturedLogo } from '#program/membership/directory/logo/add-logo.ts'
import { asPublicPage, HTML_TYPE, notFoundPage } from '#program/membership/directory/pages/layout.ts'
import { criteriaPage, faqPage, membersPage, programmePage } from '#program/membership/directory/pages/programme-page.ts'
import { readCriteria, readFaq, readMembers, readProgramme, type Shown } from '#program/membership/directory/read-public.ts'

const OPEN = { method: 'GET', tag: 'directory', access: 'public', anonymous: true } as const
const LOGO_FILE = /^([0-9a-f]{64})\.png$/
const OfOperator = z.object({ operator: z.string() })

/** The public pages of a programme: each at its plain address for the first operator, and below the operator's name for each; each as HTML and as JSON. */
export function publicRoutes(app: App): Route[] {
  return [
    ...page({ path: '', summary: 'What the programme is', view: ProgrammeView, read: (slug) => readProgramme(app, slug), render: programmePage }),
    ...page({ path: '/criteria', summary: 'What is asked of applicants', view: CriteriaView, read: (slug) => readCriteria(app, slug), render: criteriaPage }),
    ...page({ path: '/faq', summary: 'Questions and answers', view: FaqView, read: (slug) => readFaq(app, slug), render: faqPage }),
    ...page({
      path: '/members',
      summary: 'The members that agreed to be featured',
      view: FeaturedMembers,
      read: (slug, sort) => readMembers(app, slug, sort),
      render: membersPage,
      query: MembersQuery,
    }),
    ...fileRoutes(app),
  ]
}

type Sort = z.output<typeof MembersQuery>['sort']
interface PageOptions<S extends z.ZodType> {
  readonly path: string
  readonly summary: string
  readonly view: S
  readonly read: (slug: string | undefined, sort: Sort) => Promise<Shown<z.input<S>> | undefined>
  readonly render: (operator: Shown<unknown>['operator'], view: z.input<S>, sort: Sort) => string
  readonly query?: typeof MembersQuery
}

function page<S extends z.ZodType>({ path, summary, view, read, render, query }: PageOptions<S>): Route[] {
  const asPage = async (reply: FastifyReply, slug: string | undefined, sort: Sort) => {
    const shown = await read(slug, sort)
    if (!shown) return notFoundPage(reply, 'No such programme', 'There is no programme at this address.')
    asPublicPage(reply)
    return render(shown.operator, shown.view, sort)
  }
  const asData = async (reply: FastifyReply, slug: string | undefined, sort: Sort) => {
    const shown = await read(slug, sort)
    if (!shown) throw new Problem('NOT_FOUND')
    asPublicPage(reply)
    return shown.view
  }
  const asked = { ...(query && { query }) }
  const sortOf = (value: unknown): Sort => (value as { sort?: Sort } | undefined)?.sort ?? 'name'
  const html = { ...OPEN, ...asked, produces: HTML_TYPE, response: z.string() } as const
  const json = { ...OPEN, ...asked, response: view } as const
  const of = { params: OfOperator } as const
  const slugOf = (params: unknown) => (params as { operator: string }).operator
  return [
    route({
      ...html,
      url: `/programme${path}`,
      summary: `${summary}, of the first operator.`,
      handle: ({ reply, query: q }) => asPage(reply, undefined, sortOf(q)),
    }),
    route({ ...json, url: `/programme${path}.json`, summary: `${summary}, as data.`, handle: ({ reply, query: q }) => asData(reply, undefined, sortOf(q)) }),
    route({
      ...html,
      ...of,
      url: `/programme/:operator${path}`,
      summary: `${summary}.`,
      handle: ({ reply, params, query: q }) => asPage(reply, slugOf(params), sortOf(q)),
    }),
    route({
      ...json,
      ...of,
      url: `/programme/:operator${path}.json`,
      summary: `${summary}, as data.`,
      handle: ({ reply, params, query: q }) => asData(reply, slugOf(params), sortOf(q)),
    }),
  ]
}

function fileRoutes(app: App): Route[] {
  const style = readFileSync(new URL('pages/style.css', import.meta.url), 'utf8')
  return [
    route({
      ...OPEN,
      url: '/programme/style.css',
      summary: 'The look of the public pages.',
      produces: 'text/css; charset=utf-8',
      revalidates: true,
      response: z.string(),
      handle: async () => style,
    }),
    route({
      ...OPEN,
      url: '/programme/logos/:file',
      summary: 'The logo of a featured member, named by the SHA-256 of its bytes.',
      produces: 'image/png',
      params: z.object({ file: z.string() }),
      response: z.instanceof(Readable),
      handle: async ({ params: { file }, reply }) => {
        const digest = LOGO_FILE.exec(file)?.[1]
        const stream = digest === undefined ? undefined : await openFeaturedLogo(app, digest)
        if (!stream) throw new Problem('NOT_FOUND')
        reply.header('cache-control', 'public, max-age=31536000, immutable').header('content-security-policy', "default-src 'none'; sandbox")
        return stream
      },
    }),
  ]
}
