import type { LightMyRequestResponse } from 'fastify'
import type { TestApp } from '#test/harness/app.ts'
import { Authenticator, type Faults } from '#test/harness/authenticator.ts'
import { Visitor } from '#test/harness/visitor.ts'

interface Begun {
  readonly ceremony: string
  readonly statement: string
  readonly options: unknown
}

/** Somebody with a session and a passkey, who signs agreements. */
export class Signer {
  readonly visitor: Visitor
  readonly authenticator: Authenticator

  constructor(test: TestApp, person: { readonly session: { readonly cookie: string } }) {
    this.visitor = new Visitor(test.server, { cookie: person.session.cookie })
    this.authenticator = new Authenticator(test.app.config.url.origin)
  }

  /** Enrols the passkey. Throws when it is refused. */
  async ready(): Promise<this> {
    const answer = await this.visitor.enrol(this.authenticator)
    if (answer.statusCode >= 300) throw new Error(`not enrolled: ${answer.body}`)
    return this
  }

  begin = (version: number, query = '') => this.visitor.post(`/api/agreements/${version}/signatures/begin${query}`)

  /** Begins and signs, or what the beginning was refused with. */
  async sign(version: number, faults: Faults = {}, query = ''): Promise<LightMyRequestResponse> {
    return this.#answer(await this.begin(version, query), `/api/agreements/${version}/signatures${query}`, faults)
  }

  beginCountersignature = (version: number, organisation: string) =>
    this.visitor.post(`/api/agreements/${version}/signatures/${organisation}/countersignature/begin`)

  async countersign(version: number, organisation: string, faults: Faults = {}): Promise<LightMyRequestResponse> {
    const url = `/api/agreements/${version}/signatures/${organisation}/countersignature`
    return this.#answer(await this.beginCountersignature(version, organisation), url, faults)
  }

  /** What the passkey answers to a beginning, not sent. */
  answer(begun: LightMyRequestResponse, faults: Faults = {}) {
    const { ceremony, options } = begun.json<Begun>()
    return { ceremony, response: this.authenticator.get(options, faults) }
  }

  #answer(begun: LightMyRequestResponse, url: string, faults: Faults): Promise<LightMyRequestResponse> {
    if (begun.statusCode !== 200) return Promise.resolve(begun)
    return this.visitor.post(url, this.answer(begun, faults))
  }
}

/** Drafts a text and has a second officer issue it; the version that it is. */
export async function issueText(drafter: Visitor, issuer: Visitor, text: string, acceptDays?: number): Promise<number> {
  const draft = (await drafter.post('/api/agreements/drafts', { text, ...(acceptDays !== undefined && { acceptDays }) })).json<{ id: string; sha256: string }>()
  const issued = await issuer.post(`/api/agreements/drafts/${draft.id}/issue`, { sha256: draft.sha256 })
  if (issued.statusCode !== 201) throw new Error(`not issued: ${issued.body}`)
  return issued.json<{ version: number }>().version
}
