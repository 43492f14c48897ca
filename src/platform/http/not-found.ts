import type { FastifyRequest } from 'fastify'
import { Problem } from '#platform/errors.ts'
import { methodsOf, type RouteLine } from '#platform/http/route-table.ts'

/** METHOD_NOT_ALLOWED with what a known path offers. */
export class MethodNotAllowed extends Problem {
  readonly allow: readonly string[]

  constructor(allow: readonly string[]) {
    super('METHOD_NOT_ALLOWED')
    this.allow = allow
  }
}

/** Always throws: METHOD_NOT_ALLOWED for a path that another method has, NOT_FOUND for any other. */
export function notFound(request: FastifyRequest, table: readonly RouteLine[]): never {
  const path = request.url.split(/[?#;]/, 1)[0]!
  const allow = methodsOf(table, path)
  throw allow.length > 0 ? new MethodNotAllowed(allow) : new Problem('NOT_FOUND')
}
