import { randomUUID } from 'node:crypto'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'

/** A browser that goes to an identity provider and back: it keeps cookies of Vedette and of the provider apart. */
export class Traveller {
  readonly #server: FastifyInstance
  readonly #address: string
  readonly #home = new Map<string, string>()
  readonly #away = new Map<string, string>()

  constructor(server: FastifyInstance, options: { readonly address: string; readonly cookie?: string }) {
    this.#server = server
    this.#address = options.address
    if (options.cookie !== undefined) keep(this.#home, options.cookie)
  }

  /** Cookies that Vedette has given, as a header. */
  get cookie(): string {
    return header(this.#home)
  }

  async send(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object): Promise<LightMyRequestResponse> {
    const answer = await this.#server.inject({
      method,
      url,
      remoteAddress: this.#address,
      headers: { 'sec-fetch-site': 'same-origin', 'idempotency-key': randomUUID(), ...(this.#home.size > 0 && { cookie: this.cookie }) },
      ...(body && { payload: body }),
    })
    this.#keepAll(answer)
    return answer
  }

  /** Asks Vedette where to go: the answer with `url`, or the refusal. */
  setOut(signInName: string): Promise<LightMyRequestResponse> {
    return this.send('POST', '/api/auth/oidc/start', { signInName })
  }

  /** Follows the provider until it sends the browser back to Vedette; the address it is sent to. */
  async visit(url: string): Promise<string> {
    let at = url
    for (let step = 0; step < 12; step++) {
      const answer = await fetch(at, { redirect: 'manual', headers: this.#away.size > 0 ? { cookie: header(this.#away) } : {} })
      for (const line of answer.headers.getSetCookie()) keep(this.#away, line)
      const next = answer.headers.get('location')
      if (next === null) throw new Error(`the provider stays at ${at}: ${answer.status} ${await answer.text()}`)
      at = new URL(next, at).href
      if (new URL(at).pathname === '/api/auth/oidc/callback') return at
    }
    throw new Error('the provider does not come to an end')
  }

  /** Comes back: a navigation from another site, without the cookie of a session. */
  async comeBack(url: string): Promise<LightMyRequestResponse> {
    const { pathname, search } = new URL(url)
    const lax = [...this.#home].filter(([name]) => name.endsWith('-oidc'))
    const answer = await this.#server.inject({
      url: pathname + search,
      remoteAddress: this.#address,
      headers: { 'sec-fetch-site': 'cross-site', ...(lax.length > 0 && { cookie: header(new Map(lax)) }) },
    })
    this.#keepAll(answer)
    return answer
  }

  /** There and back. Throws when Vedette does not let the browser set out. */
  async signIn(signInName: string): Promise<LightMyRequestResponse> {
    const answer = await this.setOut(signInName)
    if (answer.statusCode !== 200) throw new Error(`refused at the start: ${answer.body}`)
    return this.comeBack(await this.visit(answer.json<{ url: string }>().url))
  }

  /** The answer of `GET /api/session`. */
  session(): Promise<LightMyRequestResponse> {
    return this.send('GET', '/api/session')
  }

  #keepAll(answer: LightMyRequestResponse): void {
    const given = answer.headers['set-cookie'] ?? []
    for (const line of Array.isArray(given) ? given : [given]) keep(this.#home, line)
  }
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';')
  const [name = '', value = ''] = pair.split('=')
  const ended = attributes.some((attribute) => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(attribute))
  if (ended) jar.delete(name.trim())
  else jar.set(name.trim(), value)
}

function header(jar: ReadonlyMap<string, string>): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}
