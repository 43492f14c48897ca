import type { Route } from '#platform/http/route.ts'

/** One line of the running route table, as the generated tests of routes × roles read it. */
export interface RouteLine {
  readonly method: Route['method']
  readonly url: string
  /** Verb of the policy rule that guards the route, or 'public'. */
  readonly access: string
  /** Whether the answer holds a one-time secret. */
  readonly secret: boolean
  readonly creates: boolean
  readonly tag: string
  /** Media type of the success answer. */
  readonly produces: string
  readonly route: Route
}

/** The table as data, sorted by path and method. Throws on two routes of one method and path, and on what no route may be. */
export function buildTable(routes: readonly Route[]): readonly RouteLine[] {
  const seen = new Set<string>()
  for (const route of routes) {
    const name = `${route.method} ${route.url}`
    const shape = `${route.method} ${route.url.replaceAll(/:[A-Za-z0-9_]+/g, ':')}`
    if (seen.has(shape)) throw new Error(`two routes answer ${name}`)
    seen.add(shape)
    if (route.creates && (route.access === 'public' || route.method !== 'POST')) throw new Error(`${name}: only a POST of a person can be repeated by key`)
    if (route.creates && route.produces !== undefined) throw new Error(`${name}: only a JSON answer can be kept for a repetition`)
    if (route.creates && route.consumes !== undefined) throw new Error(`${name}: bytes cannot be compared with those of a repetition before they are read`)
    if (route.body !== undefined && route.consumes !== undefined) throw new Error(`${name}: a body is either JSON or bytes`)
    if (route.anonymous && route.access !== 'public') throw new Error(`${name}: a guarded route has to know who asks`)
    if (route.access === undefined) throw new Error(`${name}: a route without a rule does not exist`)
  }
  return routes.map(describe).sort((a, b) => (a.url === b.url ? compare(a.method, b.method) : compare(a.url, b.url)))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function describe(route: Route): RouteLine {
  return {
    method: route.method,
    url: route.url,
    access: route.access === 'public' ? 'public' : route.access.verb,
    secret: route.secret ?? false,
    creates: route.creates ?? false,
    tag: route.tag,
    produces: route.produces ?? 'application/json',
    route,
  }
}

/** The methods that a path is offered with; empty when no route has it. `/*` is the console's, and offers nothing else. */
export function methodsOf(table: readonly RouteLine[], path: string): readonly string[] {
  const offered = new Set<string>()
  for (const { url, method } of table) {
    if (url === '/*' || !patternOf(url).test(path)) continue
    offered.add(method)
    if (method === 'GET') offered.add('HEAD')
  }
  return [...offered].sort()
}

const patterns = new Map<string, RegExp>()

function patternOf(url: string): RegExp {
  let pattern = patterns.get(url)
  if (!pattern) {
    const source = url
      .split('/')
      .map((step) => (step.startsWith(':') ? '[^/]+' : step === '*' ? '.*' : step.replaceAll(/[^A-Za-z0-9_-]/g, '\\$&')))
      .join('/')
    pattern = new RegExp(`^${source}${withoutSlash(url) === url ? '' : '?'}$`)
    patterns.set(url, pattern)
  }
  return pattern
}

/** The path of a route that ends in `/` as clients write it that leave it out: answered in the same way, because a redirect loses the login. */
export function withoutSlash(url: string): string {
  return url.length > 1 && url.endsWith('/') ? url.slice(0, -1) : url
}
