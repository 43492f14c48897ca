import { timingSafeEqual, createHash } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { Problem } from '#platform/errors.ts'
import { route, type Route } from '#platform/http/route.ts'

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Upper bounds of the request duration's buckets, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export interface Metrics {
  /** Counts every answer of the server. */
  observe(server: FastifyInstance): void
  /** `GET /metrics`. */
  readonly route: Route
}

/**
 * Measurements of this process, with the unit in the name. Labels come from
 * closed sets (method, route pattern, status): never an id, an address or anything a client wrote.
 */
export function createMetrics(app: App): Metrics {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({ readers: [exporter] })
  const meter = provider.getMeter('vedette')
  const duration = meter.createHistogram('http.server.request.duration.seconds', {
    description: 'Time from the request to the end of its answer',
    advice: { explicitBucketBoundaries: BUCKETS },
  })
  const active = meter.createUpDownCounter('http.server.active_requests', { description: 'Requests that are being answered' })
  const delay = observeProcess(app, meter)
  const serializer = new PrometheusSerializer('', false, undefined, true, true)
  return {
    observe(server) {
      server.addHook('onRequest', (_request, _reply, done) => {
        active.add(1)
        done()
      })
      server.addHook('onResponse', (request, reply, done) => {
        active.add(-1)
        duration.record(reply.elapsedTime / 1000, {
          'http.request.method': METHODS.has(request.method) ? request.method : '_OTHER',
          'http.route': request.routeOptions.url ?? 'unmatched',
          'http.response.status_code': reply.statusCode,
        })
        done()
      })
      server.addHook('onClose', async () => {
        delay.disable()
        await provider.shutdown()
      })
    },
    route: route({
      method: 'GET',
      url: '/metrics',
      summary:
        'Measurements of this process in the Prometheus text format. With VEDETTE_METRICS_TOKEN set it asks for that token; without it only this machine may read, and only where VEDETTE_URL is localhost.',
      tag: 'operation',
      access: 'public',
      anonymous: true,
      probe: true,
      produces: 'text/plain; version=0.0.4; charset=utf-8',
      response: z.string(),
      handle: async ({ request }) => {
        requireReader(app, request)
        const { resourceMetrics } = await exporter.collect()
        return serializer.serialize(resourceMetrics)
      },
    }),
  }
}

function observeProcess(app: App, meter: ReturnType<MeterProvider['getMeter']>) {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  meter.createObservableCounter('process.cpu.seconds', { description: 'Processor time used' }).addCallback((result) => {
    const { user, system } = process.cpuUsage()
    result.observe(user / 1e6, { 'cpu.mode': 'user' })
    result.observe(system / 1e6, { 'cpu.mode': 'system' })
  })
  meter
    .createObservableGauge('process.resident.memory.bytes', { description: 'Resident memory' })
    .addCallback((result) => result.observe(process.memoryUsage.rss()))
  meter.createObservableGauge('nodejs.eventloop.delay.p99.seconds', { description: 'Delay of the event loop, 99th percentile' }).addCallback((result) => {
    result.observe(delay.percentile(99) / 1e9)
    delay.reset()
  })
  meter.createObservableGauge('db.client.connection.count', { description: 'Connections to the database' }).addCallback((result) => {
    for (const [lane, { totalCount, idleCount, waitingCount }] of Object.entries(app.db.lanes)) {
      const states = { idle: idleCount, used: totalCount - idleCount, awaited: waitingCount }
      for (const [state, count] of Object.entries(states)) {
        result.observe(count, { 'db.client.connection.pool.name': lane, 'db.client.connection.state': state })
      }
    }
  })
  return delay
}

/** What a proxy adds: with any of these the request did not start on this machine, whatever the socket says. */
const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port', 'x-real-ip', 'x-client-ip']

/** Throws NOT_SIGNED_IN without the configured token; FORBIDDEN, where none is configured, for whoever cannot be told to be on this machine. */
export function requireReader(app: Pick<App, 'config'>, request: Pick<FastifyRequest, 'headers' | 'socket'>): void {
  const { metricsToken } = app.config
  if (metricsToken !== undefined) {
    const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (given === undefined || !sameText(given, metricsToken)) throw new Problem('NOT_SIGNED_IN')
    return
  }
  if (!isFromThisMachine(app.config.url, request)) throw new Problem('FORBIDDEN', 'Set VEDETTE_METRICS_TOKEN to read this from elsewhere.')
}

/**
 * A proxy on this machine may add no header of its own and so look like a local reader; so nobody is one where people use
 * another address than localhost, nor when the request was for another host.
 */
function isFromThisMachine(url: URL, { headers, socket }: Pick<FastifyRequest, 'headers' | 'socket'>): boolean {
  const forwarded = PROXY_HEADERS.some((name) => headers[name] !== undefined)
  return !forwarded && isLoopback(socket.remoteAddress) && isLocalName(url.hostname) && isLocalHost(headers.host)
}

function isLocalHost(host: string | undefined): boolean {
  return host !== undefined && URL.canParse(`http://${host}`) && isLocalName(new URL(`http://${host}`).hostname)
}

/** Names of this machine as a URL writes them. */
function isLocalName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function sameText(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(a), hash(b))
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address ?? '')
}
