import { randomUUID } from 'node:crypto'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Authenticator, Faults } from '#test/harness/authenticator.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
interface Ceremony {
  readonly ceremony: string
  readonly options: unknown
}

/** A browser at the console: keeps the cookie it is given and says that it is of the same site. */
export class Visitor {
  cookie: string | undefined
  readonly #server: FastifyInstance
  /** Address that its requests come from. */
  readonly #address: string

  constructor(server: FastifyInstance, options: { readonly address?: string; readonly cookie?: string } = {}) {
    this.#server = server
    this.#address = options.address ?? '192.0.2.10'
    this.cookie = options.cookie
  }

  async send(method: Method, url: string, body?: unknown, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    const answer = await this.#server.inject({
      method,
      url,
      remoteAddress: this.#address,
      headers: {
        'sec-fetch-site': 'same-origin',
        'idempotency-key': randomUUID(),
        ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: body as object }),
    })
    const given = answer.headers['set-cookie']
    if (given !== undefined) this.cookie = String(given).split(';')[0]
    return answer
  }

  get = (url: string) => this.send('GET', url)
  post = (url: string, body: unknown = {}, headers?: Record<string, string>) => this.send('POST', url, body, headers)
  put = (url: string, body: unknown) => this.send('PUT', url, body)
  delete = (url: string) => this.send('DELETE', url)

  /** Opens the address of a one-time link. */
  useLink(link: string, firstOperator?: { operatorName: string; personName: string }): Promise<LightMyRequestResponse> {
    return this.post('/api/auth/link', { token: new URL(link).hash.slice(1), ...(firstOperator && { firstOperator }) })
  }

  async enrol(authenticator: Authenticator, faults: Faults & { readonly ceremony?: string; readonly name?: string } = {}): Promise<LightMyRequestResponse> {
    const begun = (await this.post('/api/account/passkeys/options')).json<Ceremony>()
    const response = authenticator.create(begun.options, faults)
    return this.post('/api/account/passkeys', { ceremony: faults.ceremony ?? begun.ceremony, name: faults.name ?? 'Key', response })
  }

  async signIn(authenticator: Authenticator, faults: Faults & { readonly ceremony?: string } = {}): Promise<LightMyRequestResponse> {
    const begun = (await this.post('/api/auth/passkey/options')).json<Ceremony>()
    const response = authenticator.get(begun.options, faults)
    return this.post('/api/auth/passkey', { ceremony: faults.ceremony ?? begun.ceremony, response })
  }
}
