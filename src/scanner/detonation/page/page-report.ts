import { z } from 'zod'
import { ShownCertificate, type Exchange } from '../egress/exchange.ts'
import type { Happening, HappeningOf } from '../contract.ts'

const url = z.string().max(4096)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const t = z.number().nonnegative()

/** A page as it was seen: who said it is in the happenings; the answers' bodies are those that the proxy kept. */
export const PageReport = z.strictObject({
  requested: url,
  /** The last address of the main frame; absent where nothing was shown. */
  final: url.optional(),
  title: z.string().max(4096).optional(),
  redirects: z.array(z.strictObject({ t, from: url.optional(), to: url, cause: z.string().max(20), status: z.int().optional() })),
  /** A tree: `parent` is the place of the resource that asked for this one. */
  resources: z.array(
    z.strictObject({
      t,
      url,
      method: z.string().max(40),
      as: z.string().max(40).optional(),
      parent: z.int().nonnegative().optional(),
      status: z.int().optional(),
      outcome: z.enum(['answered', 'simulated', 'refused', 'failed']).optional(),
      why: z.string().max(4096).optional(),
      address: z.string().max(64).optional(),
      size: z.int().nonnegative().optional(),
      sha256: sha256.optional(),
    }),
  ),
  scripts: z.array(z.strictObject({ t, how: z.string().max(40), from: url.optional(), sha256: sha256.optional(), detail: z.string().max(4096) })),
  screens: z.array(z.strictObject({ t, number: z.int().nonnegative(), sha256, width: z.int(), height: z.int() })),
  downloads: z.array(z.strictObject({ t, name: z.string().max(4096), url: url.optional() })),
  schemes: z.array(z.strictObject({ t, url, cause: z.string().max(20).optional() })),
  clipboard: z.array(z.strictObject({ t, text: z.string().max(4096) })),
  dialogs: z.array(z.strictObject({ t, text: z.string().max(2000) })),
  console: z.array(z.strictObject({ t, text: z.string().max(4096) })),
  workers: z.array(z.strictObject({ t, kind: z.string().max(4096), url: url.optional() })),
  sockets: z.array(z.strictObject({ t, url })),
  certificates: z.array(
    z.strictObject({ host: z.string().max(300), valid: z.boolean(), why: z.string().max(200).optional(), chain: z.array(ShownCertificate) }),
  ),
  heap: z.array(z.strictObject({ t, bytes: z.int().nonnegative() })),
  unreported: z.array(z.strictObject({ t, method: z.string().max(40), url })),
})
export type PageReport = z.infer<typeof PageReport>

type Told = HappeningOf<'page'>

/** Puts together what the browser told and what the proxy recorded of one page. */
export function reportOfPage(requested: string, happenings: readonly Happening[], exchanges: readonly Exchange[]): PageReport {
  const told = happenings.filter((one): one is Told => one.kind === 'page')
  const of = (action: Told['action']) => told.filter((one) => one.action === action)
  const kind = <Kind extends Happening['kind']>(name: Kind) => happenings.filter((one): one is HappeningOf<Kind> => one.kind === name)
  const final = of('navigate')
    .filter(({ cause }) => cause !== 'window')
    .at(-1)?.url
  const title = of('title').at(-1)?.detail
  return {
    requested,
    ...(final !== undefined && { final }),
    ...(title !== undefined && { title }),
    redirects: of('redirect').map((one) => ({
      t: one.t,
      to: one.url ?? '',
      cause: one.cause ?? 'other',
      ...some('from', one.from),
      ...some('status', one.status),
    })),
    resources: resourcesOf(of('request'), of('failure'), exchanges),
    scripts: of('script').map((one) => ({ t: one.t, how: one.as ?? 'script', detail: one.detail, ...some('from', one.from), ...some('sha256', one.sha256) })),
    screens: kind('picture')
      .filter((one) => one.of === 'screen')
      .map(({ t: at, number, sha256: hash, width, height }) => ({ t: at, number, sha256: hash, width, height })),
    downloads: of('download').map((one) => ({ t: one.t, name: one.detail, ...some('url', one.url) })),
    schemes: of('scheme').map((one) => ({ t: one.t, url: one.url ?? one.detail, ...some('cause', one.cause) })),
    clipboard: of('clipboard').map((one) => ({ t: one.t, text: one.detail })),
    dialogs: kind('dialog').map((one) => ({ t: one.t, text: one.text })),
    console: of('console').map((one) => ({ t: one.t, text: one.detail })),
    workers: of('worker').map((one) => ({ t: one.t, kind: one.detail, ...some('url', one.url) })),
    sockets: of('websocket').map((one) => ({ t: one.t, url: one.url ?? '' })),
    certificates: certificatesIn(exchanges),
    heap: of('heap').map((one) => ({ t: one.t, bytes: one.bytes ?? 0 })),
    unreported: kind('unreported').map(({ t: at, method, url: address }) => ({ t: at, method, url: address })),
  }
}

function resourcesOf(requests: readonly Told[], failures: readonly Told[], exchanges: readonly Exchange[]): PageReport['resources'] {
  const recorded = Map.groupBy(exchanges, ({ method, url: address }) => `${method} ${withoutFragment(address)}`)
  const failed = new Map(failures.map((one) => [one.id, one.detail]))
  const placeOf = new Map<string, number>()
  return requests.map((one, place) => {
    const address = one.url ?? ''
    const parent = one.from === undefined ? undefined : placeOf.get(withoutFragment(one.from))
    placeOf.set(withoutFragment(address), place)
    // Several requests of one address were recorded in the order in which they were made.
    const exchange = recorded.get(`${one.method ?? 'GET'} ${withoutFragment(address)}`)?.shift()
    return {
      t: one.t,
      url: address,
      method: one.method ?? 'GET',
      ...some('as', one.as),
      ...some('parent', parent),
      ...some('status', exchange?.response?.status),
      ...some('outcome', exchange?.outcome),
      ...some('why', exchange?.why ?? failed.get(one.id)),
      ...some('address', exchange?.address),
      ...some('size', exchange?.response?.body?.size),
      ...some('sha256', exchange?.response?.body?.sha256),
    }
  })
}

/** The certificates of each host, as it showed them first. */
function certificatesIn(exchanges: readonly Exchange[]): PageReport['certificates'] {
  const hosts = new Map<string, NonNullable<Exchange['tls']>>()
  for (const { url: address, tls } of exchanges) {
    const host = URL.parse(address)?.host
    if (tls && host !== undefined && !hosts.has(host)) hosts.set(host, tls)
  }
  return [...hosts].map(([host, { valid, why, chain }]) => ({ host: host.slice(0, 300), valid, chain, ...some('why', why) }))
}

const withoutFragment = (address: string) => address.split('#')[0]!

function some<Name extends string, Value>(name: Name, value: Value | undefined): { [key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [key in Name]?: Value }
}
