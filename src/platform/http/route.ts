import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Actor, PersonActor } from '#platform/auth/actor.ts'
import type { Rule } from '#platform/auth/rule.ts'
import type { Refusal } from '#platform/http/refusal.ts'
import type { Upload } from '#platform/http/upload.ts'

type Schema = z.ZodType
type Parsed<S> = S extends Schema ? z.output<S> : undefined

/** What a handler is given: everything parsed, the actor known and allowed by the route's rule. */
export interface Call<P, Q, B, A> {
  readonly actor: A
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export interface RouteOptions<
  P extends Schema | undefined,
  Q extends Schema | undefined,
  B extends Schema | undefined,
  R extends Schema,
  U extends readonly string[] | undefined = readonly string[] | undefined,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path with `:name` parameters, as Fastify writes them; one that ends in `/` is answered without it, too. */
  readonly url: string
  /** One sentence for the API description. */
  readonly summary: string
  /** Group in the API description: the feature folder's name. */
  readonly tag: string
  /** The policy rule that guards the route, or 'public'. A route without one does not exist. */
  readonly access: Rule | 'public'
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  /** Media types, in lower case, of a body that is taken as bytes (`Upload`) instead of JSON by a schema; of one with parameters a body may leave them out, but not give others. */
  readonly consumes?: U
  /** Request headers that the handler reads, each with what it carries: for the description of the interface. */
  readonly headers?: Readonly<Record<string, string>>
  /** Success status; 200 unless said. */
  readonly status?: 200 | 201 | 202 | 204
  /** Fields that the schema does not name are dropped from the answer. */
  readonly response: R
  /** Media type of a success answer that is not `application/json`: text, a buffer or a stream is sent as it is, anything else as JSON. */
  readonly produces?: string
  /** Media types under which clients may also ask for what the route produces. */
  readonly alsoAs?: readonly string[]
  /** How refusals look where a standard prescribes it, here and in the whole folder of such routes; otherwise they are problems (RFC 9457). */
  readonly refusal?: Refusal
  /** A POST that creates: the same Idempotency-Key answers the same. A public route cannot: the key belongs to a person. */
  readonly creates?: true
  /** The answer holds a one-time secret: it is never compressed beside text that others chose, tagged or described by size. */
  readonly secret?: true
  /** Browsers may keep the answer and ask whether it still holds (ETag); without this they keep none. */
  readonly revalidates?: true
  /** Public and blind to credentials: nobody is looked up, the actor is always anonymous. */
  readonly anonymous?: true
  /** A question of a monitor about this process: exempt from rate limits. */
  readonly probe?: true
  /** Most bytes of a body; 1 MiB unless said. */
  readonly bodyLimit?: number
}

/** One entry of the route table. `handle` is erased to the widest types; `route` keeps them exact where it is written. */
export interface Route extends RouteOptions<Schema | undefined, Schema | undefined, Schema | undefined, Schema> {
  handle(call: Call<never, never, never, never>): Promise<unknown>
}

/** Declares a route: parse with the schemas, check the rule, call `handle`, answer with what the response schema names. */
export function route<
  const R extends Schema,
  P extends Schema | undefined = undefined,
  Q extends Schema | undefined = undefined,
  B extends Schema | undefined = undefined,
  const A extends Rule | 'public' = Rule,
  const U extends readonly string[] | undefined = undefined,
>(
  options: Omit<RouteOptions<P, Q, B, R, U>, 'access'> & {
    readonly access: A
    handle(call: Call<Parsed<P>, Parsed<Q>, U extends readonly string[] ? Upload : Parsed<B>, A extends 'public' ? Actor : PersonActor>): Promise<z.input<R>>
  },
): Route {
  return options
}
