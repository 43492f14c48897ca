import type { LightMyRequestResponse } from 'fastify'
import type { z } from 'zod'
import type { PackageView } from '#program/packages/contract.ts'
import type { TestApp } from '#test/harness/app.ts'
import type { SeededOperator } from '#test/harness/people.ts'

export type Package = z.output<typeof PackageView>
/** Somebody with an API token. */
export interface Caller {
  readonly token: { readonly authorization: string }
}

/** Update Tuesday of December 2026, and the windows before it: golden data of program.md, 4.3. */
export const DECEMBER = {
  release: '2026-12-08T18:00:00.000Z',
  validate: '2026-11-24T18:00:00.000Z',
  advance: '2026-12-03T18:00:00.000Z',
  entry: '2026-12-07T18:00:00.000Z',
} as const

/** A small CSAF 2.0 document; `mark` becomes part of every text in it. */
export function csafDocument(mark = 'Example', cve = 'CVE-2026-10001') {
  return {
    document: {
      category: 'csaf_security_advisory',
      csaf_version: '2.0',
      distribution: { tlp: { label: 'AMBER' } },
      notes: [{ category: 'summary', title: `${mark} summary`, text: `${mark} note` }],
      publisher: { category: 'vendor', name: `${mark} publisher`, namespace: 'https://vendor.example' },
      references: [{ category: 'self', summary: `${mark} reference`, url: `https://vendor.example/${mark}` }],
      title: `${mark} title`,
      tracking: {
        current_release_date: '2026-11-20T10:00:00Z',
        id: `${mark}-bulletin`,
        initial_release_date: '2026-11-20T10:00:00Z',
        revision_history: [{ date: '2026-11-20T10:00:00Z', number: '1', summary: `${mark} revision` }],
        status: 'final',
        version: '1',
      },
    },
    product_tree: { full_product_names: [{ name: `${mark} product`, product_id: 'P1' }] },
    vulnerabilities: [
      {
        cve,
        title: `${mark} vulnerability`,
        notes: [{ category: 'description', text: `${mark} description` }],
        product_status: { known_affected: ['P1'] },
      },
    ],
  }
}

/** Requests about packages by whoever holds a token, without a socket. */
export function packageDesk(test: TestApp) {
  const send = (by: Caller, method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: unknown): Promise<LightMyRequestResponse> =>
    test.server.inject({ method, url, headers: by.token, ...(payload === undefined ? {} : { payload: payload as object }) })
  const desk = {
    get: (by: Caller, url: string) => send(by, 'GET', url),
    head: (by: Caller, url: string) => send(by, 'HEAD', url),
    post: (by: Caller, url: string, body: unknown = {}) => send(by, 'POST', url, body),
    put: (by: Caller, url: string, body: unknown) => send(by, 'PUT', url, body),
    delete: (by: Caller, url: string) => send(by, 'DELETE', url),
    read: async (by: Caller, id: string) => (await send(by, 'GET', `/api/packages/${id}`)).json<Package>(),
    import: (by: Caller, document: unknown = csafDocument()) => {
      const payload = typeof document === 'string' || Buffer.isBuffer(document) ? document : JSON.stringify(document)
      return test.server.inject({ method: 'POST', url: '/api/packages/imports', headers: { ...by.token, 'content-type': 'application/csaf+json' }, payload })
    },
    attach: (by: Caller, id: string, bytes: Buffer | string, { part = 'attachments', name = 'sample.bin' } = {}) =>
      test.server.inject({
        method: 'POST',
        url: `/api/packages/${id}/attachments?part=${part}`,
        headers: { ...by.token, 'content-type': 'application/octet-stream', 'content-disposition': `attachment; filename="${name}"` },
        payload: bytes,
      }),
    edit: async (by: Caller, id: string, change: (content: Record<string, unknown>) => Record<string, unknown>) => {
      const { contentHash, content } = await desk.read(by, id)
      return desk.put(by, `/api/packages/${id}/content`, { contentHash, content: change(content) })
    },
    /** Sends one of the steps that name the content as it is now. */
    step: async (by: Caller, id: string, step: 'review' | 'approval') =>
      desk.post(by, `/api/packages/${id}/${step}`, { contentHash: (await desk.read(by, id)).contentHash }),
    schedule: (by: Caller, id: string, release: string = DECEMBER.release) => desk.post(by, `/api/packages/${id}/schedule`, { release }),
    receive: (by: Caller, id: string, version = 1) => desk.post(by, `/api/packages/${id}/receipts`, { version }),
    /** A package of the operator on the release of December, with an attachment and a proof of concept. */
    scheduled: async ({ people }: SeededOperator, document: unknown = csafDocument(), release?: string): Promise<Package> => {
      const { id } = ok(await desk.import(people.author, document))
      ok(await desk.attach(people.author, id, `attachment of ${id}`))
      ok(await desk.attach(people.author, id, `proof of ${id}`, { part: 'proof-of-concept', name: 'proof.bin' }))
      ok(
        await desk.edit(people.author, id, (content) => ({
          ...content,
          detection: [{ sensor: 'file', title: 'Long record', guidance: 'Look for a record over 64 KiB.' }],
        })),
      )
      ok(await desk.step(people.author, id, 'review'))
      ok(await desk.step(people.reviewer, id, 'approval'))
      return ok(await desk.schedule(people.publisher, id, release))
    },
  }
  return desk
}

/** The package of an answer that must be a success. */
export function ok(answer: LightMyRequestResponse): Package {
  if (answer.statusCode >= 300) throw new Error(`refused: ${answer.statusCode} ${answer.body}`)
  return answer.json<Package>()
}

export const code = (answer: { json(): unknown }) => (answer.json() as { code?: string }).code
