import { z } from 'zod'
import { CONTACT_ROLES, OPERATOR_ROLES } from '#platform/auth/actor.ts'
import { PROBLEMS, type ProblemCode } from '#platform/errors.ts'
import { PROBLEM_MEDIA_TYPE, ProblemBody } from '#platform/http/problem.ts'
import type { RouteLine } from '#platform/http/route-table.ts'

export type JsonSchema = { readonly [key: string]: unknown }

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
}

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly tags: readonly string[]
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly required: true; readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> }
  readonly responses: Readonly<Record<string, unknown>>
}

export interface OpenApi {
  readonly openapi: '3.1.1'
  readonly info: {
    readonly title: string
    readonly version: string
    readonly description: string
    readonly license: { readonly name: string; readonly identifier: string }
  }
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: JsonSchema
}

const JSON_TYPE = 'application/json'

/** The description of the interface (OpenAPI 3.1) from the route table: the same schemas that parse requests and filter answers. */
export function describeApi(table: readonly RouteLine[], version: string): OpenApi {
  const listed = table.filter(({ url }) => url !== '/*')
  const paths: Record<string, Record<string, Operation>> = {}
  for (const line of listed) (paths[line.url.replaceAll(/:([A-Za-z0-9_]+)/g, '{$1}')] ??= {})[line.method.toLowerCase()] = operation(line)
  return {
    openapi: '3.1.1',
    info: {
      title: 'Vedette',
      version,
      description: 'Every route of this instance. Refusals are application/problem+json with a code of a closed list.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(listed.map(({ tag }) => tag))].sort().map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: jsonSchema(ProblemBody, 'output') },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token of a person, limited to its scopes' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-vedette',
          description: 'The session of a person who signed in; over plain http the cookie is called vedette',
        },
      },
    },
  }
}

function operation(line: RouteLine): Operation {
  const { route } = line
  return {
    operationId: `${line.method.toLowerCase()}${line.url.replaceAll(/[^A-Za-z0-9]+(.?)/g, (_, next: string) => next.toUpperCase())}`,
    summary: route.summary,
    description: accessText(line),
    tags: [line.tag],
    security: securityOf(line),
    parameters: [
      ...parametersOf(route.params, 'path'),
      ...parametersOf(route.query, 'query'),
      ...(line.creates ? [IDEMPOTENCY_KEY] : []),
      ...(route.consumes ? [CONTENT_DISPOSITION] : []),
      ...headersOf(route),
    ],
    ...requestBodyOf(route),
    responses: responsesOf(line),
  }
}

const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key answers the same for 24 hours, and the act is done once.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
}

const CONTENT_DISPOSITION: Parameter = {
  name: 'Content-Disposition',
  in: 'header',
  required: false,
  description: 'Name of the file (RFC 6266), such as attachment; filename="report.doc".',
  schema: { type: 'string' },
}

function headersOf({ headers = {} }: RouteLine['route']): Parameter[] {
  return Object.entries(headers).map(([name, description]) => ({ name, in: 'header', required: true, description, schema: { type: 'string' } }))
}

function requestBodyOf({ body, consumes }: RouteLine['route']): Pick<Operation, 'requestBody'> {
  if (consumes) return { requestBody: { required: true, content: Object.fromEntries(consumes.map((type) => [type, { schema: {} }])) } }
  return body ? { requestBody: { required: true, content: { [JSON_TYPE]: { schema: jsonSchema(body, 'input') } } } } : {}
}

function accessText({ route }: RouteLine): string {
  if (route.access === 'public') return 'Open to everyone.'
  const { operator, contact, scope, verb } = route.access
  const side = (name: string, roles: readonly string[], all: readonly string[]) => (roles.length === all.length ? `any ${name}` : `${name} ${roles.join(', ')}`)
  const sides = [
    operator.length > 0 ? side('operator', operator, OPERATOR_ROLES) : '',
    contact.length > 0 ? side('contact', contact, CONTACT_ROLES) : '',
  ].filter(Boolean)
  const token = scope === undefined ? 'Not with a token.' : `A token needs the scope ${scope}.`
  return `Rule ${verb}. Roles: ${sides.join('; ') || 'none'}. ${token}`
}

function securityOf({ route }: RouteLine): Operation['security'] {
  if (route.access === 'public') return []
  return [{ session: [] }, ...(route.access.scope === undefined ? [] : [{ token: [route.access.scope] }])]
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Parameter[] {
  if (!schema) return []
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as { properties?: Record<string, JsonSchema>; required?: string[] }
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property
    const told = typeof description === 'string' ? { description } : {}
    return { name, in: place, required: place === 'path' || required.includes(name), ...told, schema: rest }
  })
}

function responsesOf(line: RouteLine): Record<string, unknown> {
  const { route } = line
  const status = String(route.status ?? 200)
  const content = route.status === 204 ? {} : { content: { [line.produces]: { schema: jsonSchema(route.response, 'output') } } }
  const problems = Map.groupBy(codesOf(line), (code) => String(PROBLEMS[code].status))
  const refusals = [...problems].map(([refused, codes]) => [refused, problemResponse(codes)])
  return { [status]: { description: 'Done', ...content }, ...Object.fromEntries(refusals), default: problemResponse([]) }
}

function problemResponse(codes: readonly ProblemCode[]) {
  const description = codes.length > 0 ? codes.map((code) => `${code}: ${PROBLEMS[code].title}`).join('\n') : 'Any other refusal'
  return { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } } }
}

/** The refusals that the server itself makes on such a route. */
function codesOf({ route, method }: RouteLine): ProblemCode[] {
  const codes: ProblemCode[] = ['VALIDATION_FAILED']
  if (route.body) codes.push('MALFORMED_JSON', 'INVALID_UTF8', 'DUPLICATE_KEY', 'FORBIDDEN_KEY', 'NUMBER_OUT_OF_RANGE', 'TOO_DEEP')
  if (route.body || route.consumes) codes.push('PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE')
  if (route.access !== 'public') codes.push('NOT_SIGNED_IN', 'FORBIDDEN')
  if (method !== 'GET' && !route.anonymous) codes.push('CROSS_SITE')
  if (route.creates) codes.push('CONFLICT', 'IDEMPOTENCY_KEY_REUSED')
  if (!route.probe) codes.push('RATE_LIMITED')
  return codes
}

/** JSON Schema 2020-12 of a contract, as it arrives or as it leaves. An instant is a date inside and text outside. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: shown }) => {
      const date = zodSchema instanceof z.ZodDate || (zodSchema instanceof z.ZodPipe && zodSchema.in instanceof z.ZodDate)
      if (date) Object.assign(shown, { type: 'string', format: 'date-time' })
    },
  }) as Record<string, unknown>
  return rest
}
