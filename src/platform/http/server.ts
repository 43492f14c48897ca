import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import Fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { App } from '#platform/app.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Config } from '#platform/config.ts'
import { StartupError } from '#platform/errors.ts'
import { admit } from '#platform/http/admit.ts'
import { completeTable } from '#platform/http/api-routes.ts'
import { parseBody } from '#platform/http/body.ts'
import { compressAnswers } from '#platform/http/compress.ts'
import { consoleRoute, openConsole } from '#platform/http/console.ts'
import { healthRoutes } from '#platform/http/health.ts'
import { createMetrics } from '#platform/http/metrics.ts'
import { answerClientError, logProblem, sendProblem, toProblem, type SocketError } from '#platform/http/problem.ts'
import { parseQuery } from '#platform/http/query-string.ts'
import { createRateLimits } from '#platform/http/rate-limit.ts'
import { refusalsByPath, type RefusalAt } from '#platform/http/refusal.ts'
import { notFound } from '#platform/http/not-found.ts'
import type { Readiness } from '#platform/http/readiness.ts'
import { readWhole } from '#platform/http/read-whole.ts'
import { respond } from '#platform/http/respond.ts'
import type { Route } from '#platform/http/route.ts'
import { RequestLog } from '#platform/http/request-log.ts'
import { withoutSlash, type RouteLine } from '#platform/http/route-table.ts'
import { setSecurityHeaders } from '#platform/http/security-headers.ts'
import { takesBytes, unsupported } from '#platform/http/upload.ts'
import type { Log } from '#platform/log.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; known before any byte of the body is read. */
    actor: Actor
    /** SHA-256 of the body's bytes, where the request came with an Idempotency-Key. */
    bodyDigest: Buffer | undefined
  }
  interface FastifyContextConfig {
    line?: RouteLine
  }
  interface FastifyInstance {
    routeTable: readonly RouteLine[]
  }
}

export type { Readiness }

export interface ServerOptions {
  readonly routes: readonly Route[]
  /** Who a request comes from. Throws NOT_SIGNED_IN for a credential that is not, or no longer, accepted. */
  readonly identify: (request: FastifyRequest) => Promise<Actor>
  /** Folder of the built console; without it only the interface is served. */
  readonly consoleDir?: string
  readonly ready: () => Promise<Readiness>
}

const BODY_LIMIT = 1024 * 1024

// Node's own defaults are 60 s for the headers and 300 s for a request; both are set so that no update changes them.
const LIMITS = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 120_000,
  idleSocketMs: 120_000,
  keepAliveMs: 65_000,
  checkEveryMs: 2_000,
  maxHeaderBytes: 16 * 1024,
  maxParamLength: 300,
}

/**
 * The web server, not yet listening: TLS of its own where configured, every route of the table, and
 * nothing else. Throws StartupError when the certificate cannot be read, and an Error for a table
 * with two routes of one method and path.
 */
export async function createServer(app: App, options: ServerOptions): Promise<FastifyInstance> {
  const metrics = createMetrics(app)
  const ownRoutes = [...healthRoutes(app, options.ready), metrics.route, ...(options.consoleDir === undefined ? [] : [consoleRoute(options.consoleDir)])]
  const table = completeTable(app, [...options.routes, ...ownRoutes])
  const refusalAt = refusalsByPath(table)
  const server = openServer(app, refusalAt)
  server.decorate('routeTable', table)
  server.decorateRequest('actor')
  server.decorateRequest('bodyDigest')
  server.decorateRequest('stillMay')
  acceptBodies(server)
  refuseOutsiders(server)
  server.addHook('onRequest', (_request, reply, done) => {
    setSecurityHeaders(reply, isHttps(app))
    done()
  })
  metrics.observe(server)
  server.setErrorHandler((error, request, reply) => refuse(app, refusalAt, error, request, reply))
  compressAnswers(server)
  if (options.consoleDir !== undefined) await openConsole(server, options.consoleDir)
  const limits = await createRateLimits(app, server)
  server.setNotFoundHandler(async (request) => {
    await limits.byAddress(request)
    return notFound(request, table)
  })
  for (const line of table) addRoute(app, server, line, admit(app, options.identify, limits))
  return server
}

/** The running route table. */
export function routeTable(server: FastifyInstance): readonly RouteLine[] {
  return server.routeTable
}

const isHttps = (app: App): boolean => app.config.url.protocol === 'https:'

function openServer(app: App, refusalAt: RefusalAt): FastifyInstance {
  const options = {
    loggerInstance: frameworkLog(app.log),
    childLoggerFactory: (log: unknown, bindings: object) => new RequestLog(log as Log, bindings) as never,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestIdHeader: false as const,
    trustProxy: app.config.trustProxy.length > 0 ? [...app.config.trustProxy] : false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: LIMITS.requestTimeoutMs,
    connectionTimeout: LIMITS.idleSocketMs,
    keepAliveTimeout: LIMITS.keepAliveMs,
    forceCloseConnections: 'idle' as const,
    return503OnClosing: false,
    routerOptions: { maxParamLength: LIMITS.maxParamLength, querystringParser: parseQuery as unknown as (text: string) => Record<string, string> },
    clientErrorHandler: (error: SocketError, socket: Socket) => answerClientError(error, socket, refusalAt),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      setSecurityHeaders(reply, isHttps(app))
      void refuse(app, refusalAt, error, request, reply)
    },
  }
  const http = { headersTimeout: LIMITS.headersTimeoutMs, connectionsCheckingInterval: LIMITS.checkEveryMs, maxHeaderSize: LIMITS.maxHeaderBytes }
  if (!app.config.tls) return Fastify({ ...options, http }) as unknown as FastifyInstance
  try {
    return Fastify({ ...options, https: { ...http, ...readTls(app.config.tls) } }) as unknown as FastifyInstance
  } catch (cause) {
    if (cause instanceof StartupError) throw cause
    throw new StartupError(
      'The files of VEDETTE_TLS_CERT and VEDETTE_TLS_KEY are not a PEM certificate and its private key, or that of VEDETTE_TLS_CLIENT_CA holds no certificates.',
      { cause },
    )
  }
}

/** The framework says nothing at info that a person at the terminal needs; its warnings stay, and all of it for whoever asks for debug. */
function frameworkLog(log: Log): Log {
  return log.level === 'info' ? log.child({}, { level: 'warn' }) : log
}

/** Those of TLS 1.3, and of TLS 1.2 the ones with forward secrecy and authenticated encryption: none that HTTP/2 forbids (RFC 7540, appendix A). Node offers no early data. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':')

function readTls(files: NonNullable<Config['tls']>) {
  const read = (file: string, setting: string) => {
    try {
      return readFileSync(file)
    } catch (cause) {
      throw new StartupError(`The file of ${setting} cannot be read: ${file} (${(cause as NodeJS.ErrnoException).code}).`, { cause })
    }
  }
  const certificate = { cert: read(files.certFile, 'VEDETTE_TLS_CERT'), key: read(files.keyFile, 'VEDETTE_TLS_KEY') }
  // Asked for, not demanded: whoever shows none signs in by another way.
  const clients =
    files.clientCaFile === undefined ? {} : { ca: read(files.clientCaFile, 'VEDETTE_TLS_CLIENT_CA'), requestCert: true, rejectUnauthorized: false }
  return { ...certificate, ...clients, minVersion: 'TLSv1.2' as const, ciphers: CIPHERS, honorCipherOrder: true }
}

/** JSON, and where a route consumes bytes, those of its media types; nothing else is read. */
function acceptBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', (request, bytes, done) => {
    readWhole(request, bytes, (error, whole) => {
      try {
        if (error) throw error
        done(null, takesBytes(request) ? Readable.from([whole]) : parseBody(request, whole))
      } catch (refusal) {
        done(refusal as Error)
      }
    })
  })
  server.addContentTypeParser('*', (request, bytes, done) => {
    try {
      if (!takesBytes(request)) throw unsupported(request)
      done(null, bytes)
    } catch (error) {
      done(error as Error)
    }
  })
}

/** A route that is not a line of the table cannot be added: what is not in the table does not answer. */
function refuseOutsiders(server: FastifyInstance): void {
  server.addHook('onRoute', ({ method, url, config }) => {
    if (config?.line === undefined) throw new Error(`${String(method)} ${url} is not in the route table`)
  })
}

function addRoute(app: App, server: FastifyInstance, line: RouteLine, admission: (request: FastifyRequest) => Promise<void>): void {
  const { route } = line
  for (const url of new Set([route.url, withoutSlash(route.url)]))
    server.route({
      method: route.method,
      url,
      config: { line },
      ...(route.bodyLimit === undefined ? {} : { bodyLimit: route.bodyLimit }),
      onRequest: admission,
      handler: (request, reply) => respond(app, line, request, reply),
    })
}

function refuse(app: App, refusalAt: RefusalAt, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error)
  logProblem(app.log, problem, { requestId: request.id, method: request.method, route: request.routeOptions.url ?? 'unmatched' })
  return sendProblem(reply, problem, refusalAt(request.url))
}
