import type { LightMyRequestResponse } from 'fastify'
import type { z } from 'zod'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { TOKEN_SCOPES } from '#platform/auth/contract.ts'
import { addToken } from '#platform/auth/create-token.ts'
import { startSession } from '#platform/auth/start-session.ts'
import type { ChangeStanding, StandingChange } from '#program/membership/standing/contract.ts'
import type { TestApp } from '#test/harness/app.ts'
import type { SeededPerson } from '#test/harness/people.ts'

type Person = SeededPerson<OperatorActor> | SeededPerson<ContactActor>

/** Headers of a session that the person begins now, as the console sends them. */
export async function newSession({ app }: TestApp, person: Pick<Person, 'id'>): Promise<Record<string, string>> {
  const client = { address: '192.0.2.1', userAgent: 'test' }
  const { secret } = await app.db.transaction(system('seed'), (tx) => startSession(app, tx, { person: person.id, method: 'passkey', client }))
  return { cookie: `${app.config.url.protocol === 'https:' ? '__Host-vedette' : 'vedette'}=${secret}`, 'sec-fetch-site': 'same-origin' }
}

/** Headers of an API token that the person makes now: a suspension ended those from before. */
export async function newToken({ app }: TestApp, { id }: Pick<Person, 'id'>): Promise<{ readonly authorization: string }> {
  const { secret } = await app.db.transaction(system('seed'), (tx) => addToken(app, tx, id, { name: 'new', scopes: [...TOKEN_SCOPES], expiresInDays: 366 }))
  return { authorization: `Bearer ${secret}` }
}

/** Requests about standing by membership officers, who act in sessions that they begin for each. */
export function standingDesk(test: TestApp) {
  const send = async (by: Person, method: 'GET' | 'POST' | 'DELETE', url: string, payload?: unknown): Promise<LightMyRequestResponse> =>
    test.server.inject({ method, url, headers: await newSession(test, by), ...(payload === undefined ? {} : { payload: payload as object }) })
  return {
    get: (by: Person, url: string) => send(by, 'GET', url),
    post: (by: Person, url: string, body?: unknown) => send(by, 'POST', url, body),
    delete: (by: Person, url: string) => send(by, 'DELETE', url),
    change: (by: Person, organisation: { readonly id: string }, change: z.input<typeof ChangeStanding> | object) =>
      send(by, 'POST', `/api/organisations/${organisation.id}/standing-changes`, { reason: 'As agreed', ...change }),
    approve: (by: Person, id: string) => send(by, 'POST', `/api/standing-changes/${id}/approval`),
    /** A change that two officers decide, at once. */
    decide: async (one: Person, other: Person, organisation: { readonly id: string }, change: object): Promise<z.output<typeof StandingChange>> => {
      const proposed = await send(one, 'POST', `/api/organisations/${organisation.id}/standing-changes`, { reason: 'As agreed', ...change })
      if (proposed.statusCode !== 201) throw new Error(`refused: ${proposed.body}`)
      const { id, state } = proposed.json<z.output<typeof StandingChange>>()
      if (state === 'done') return proposed.json()
      const approved = await send(other, 'POST', `/api/standing-changes/${id}/approval`)
      if (approved.statusCode !== 200) throw new Error(`refused: ${approved.body}`)
      return approved.json()
    },
  }
}
