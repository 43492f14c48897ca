import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Json = Record<string, unknown>

/** What a provider that lies does otherwise than an honest one; without any of it, it is honest. */
export interface Lies {
  /** Changes of the discovery document. */
  readonly document?: Json
  /** Changes of the token's claims; undefined leaves one out. */
  readonly claims?: Json
  /** How the token is signed: by the published key unless said. */
  readonly signature?: 'none' | 'client-secret' | 'published-key-as-secret' | 'other-key' | 'broken'
  /** Answers instead of the path. */
  readonly answers?: Readonly<Record<string, (response: ServerResponse) => void>>
}

/** An identity provider in this process that says whatever a test wants. */
export interface HostileProvider {
  readonly issuer: string
  lies: Lies
  /** Paths that were asked for, in order. */
  readonly asked: string[]
  close(): Promise<void>
}

export const HOSTILE_CLIENT = { clientId: 'vedette', clientSecret: 'a secret that both sides know' }

/** Starts one; whoever comes is at once sent back as `subject-1` with `amr` mfa. */
export async function startHostileProvider(): Promise<HostileProvider> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const nonces = new Map<string, string>()
  const state: HostileProvider = {
    issuer,
    lies: {},
    asked: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    '/.well-known/openid-configuration': (_request, response) => json(response, { ...documentOf(issuer), ...state.lies.document }),
    '/jwks': (_request, response) => json(response, { keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] }),
    '/authorize': (request, response) => {
      const asked = new URL(request.url!, issuer).searchParams
      const code = `code-${nonces.size}`
      nonces.set(code, asked.get('nonce')!)
      const back = new URL(asked.get('redirect_uri')!)
      back.search = new URLSearchParams({ code, state: asked.get('state')!, iss: issuer }).toString()
      response.writeHead(303, { location: back.href }).end()
    },
    '/token': (request, response) => {
      const answer = (form: URLSearchParams) => {
        const now = Math.floor(Date.now() / 1000)
        const nonce = nonces.get(form.get('code') ?? '')
        const honest = { iss: issuer, sub: 'subject-1', aud: HOSTILE_CLIENT.clientId, iat: now, exp: now + 300, auth_time: now, nonce, amr: ['mfa'] }
        const token = signToken({ ...honest, ...state.lies.claims }, state.lies.signature, own, other.privateKey)
        json(response, { access_token: 'opaque', token_type: 'Bearer', expires_in: 300, id_token: token })
      }
      readBody(request).then(answer, () => response.writeHead(400).end())
    },
  }
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url!, issuer)
    state.asked.push(pathname)
    const lie = state.lies.answers?.[pathname]
    if (lie) lie(response)
    else if (routes[pathname]) routes[pathname](request, response)
    else response.writeHead(404).end()
  })
  return state
}

function documentOf(issuer: string): Json {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
    authorization_response_iss_parameter_supported: true,
  }
}

function signToken(claims: Json, how: Lies['signature'], own: { publicKey: KeyObject; privateKey: KeyObject }, other: KeyObject): string {
  const alg = how === 'none' ? 'none' : how === 'client-secret' || how === 'published-key-as-secret' ? 'HS256' : 'RS256'
  const body = [{ alg, kid: 'one', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const hmac = (key: string) => createHmac('sha256', key).update(body).digest('base64url')
  if (how === 'none') return `${body}.`
  if (how === 'client-secret') return `${body}.${hmac(HOSTILE_CLIENT.clientSecret)}`
  if (how === 'published-key-as-secret') return `${body}.${hmac(own.publicKey.export({ format: 'pem', type: 'spki' }) as string)}`
  const signature = sign('sha256', Buffer.from(body), how === 'other-key' ? other : own.privateKey)
  if (how === 'broken') signature[10] = signature[10]! ^ 1
  return `${body}.${signature.toString('base64url')}`
}

function json(response: ServerResponse, body: Json): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function readBody(request: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const part of request) text += String(part)
  return new URLSearchParams(text)
}
