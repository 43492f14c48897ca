import type { OutgoingHttpHeaders } from 'node:http'
import type { Problem } from '#platform/errors.ts'
import type { RouteLine } from '#platform/http/route-table.ts'

/** How refusals look where a standard prescribes it: the whole answer but its status. */
export type Refusal = (problem: Problem, requestId: string) => { readonly type: string; readonly body: object; readonly headers?: OutgoingHttpHeaders }

/** The form in which a request for this path is refused; undefined: as a problem (RFC 9457). */
export type RefusalAt = (path: string) => Refusal | undefined

/**
 * A standard's form of refusal holds for the whole folder that its routes have in common: also for paths there that no route has, and
 * for what is refused before a route is found.
 */
export function refusalsByPath(table: readonly RouteLine[]): RefusalAt {
  const urls = new Map<Refusal, string[][]>()
  for (const { url, route } of table) if (route.refusal) urls.set(route.refusal, [...(urls.get(route.refusal) ?? []), url.split('/')])
  const folders = [...urls].map(([refusal, paths]) => ({ refusal, folder: literal(paths.reduce(inCommon)) }))
  return (path) => {
    const steps = path.split(/[?#;]/, 1)[0]!.split('/')
    return folders.find(({ folder }) => folder.length > 1 && folder.every((step, n) => steps[n] === step))?.refusal
  }
}

function inCommon(one: readonly string[], other: readonly string[]): string[] {
  return cutAt(one, (step, n) => other[n] !== step)
}

/** Up to the first parameter, without the empty step of a slash at the end. */
function literal(path: readonly string[]): string[] {
  return cutAt(path, (step, n) => step.startsWith(':') || (step === '' && n > 0))
}

function cutAt(path: readonly string[], ends: (step: string, n: number) => boolean): string[] {
  const end = path.findIndex(ends)
  return end < 0 ? [...path] : path.slice(0, end)
}
