import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import { TLP_LABELS } from '#program/packages/contract.ts'

/** Printable, of one line. */
const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'one line without control characters')
/** What stands in a header. */
const headerText = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[\x21-\x7e]+$/, 'printable letters of ASCII without spaces')
const secretText = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^\P{C}+$/u, 'no control characters')
const pem = (kind: string, test: RegExp) =>
  z
    .string()
    .max(64 * 1024)
    .regex(test, `${kind} in PEM`)
const certificate = pem('a certificate', /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/)

/** How a remote server knows us: it comes in with this, and no answer ever holds it. */
export const Login = z.discriminatedUnion('scheme', [
  z.strictObject({ scheme: z.literal('none') }),
  z.strictObject({ scheme: z.literal('basic'), user: secretText.refine((user) => !user.includes(':'), 'no colon'), password: secretText }),
  z.strictObject({ scheme: z.literal('bearer'), token: headerText }),
  z.strictObject({
    scheme: z.literal('certificate'),
    certificate,
    key: pem('a private key without a password', /-----BEGIN (RSA |EC )?PRIVATE KEY-----[\s\S]+-----END (RSA |EC )?PRIVATE KEY-----/),
  }),
])
export const LOGIN_SCHEMES = ['none', 'basic', 'bearer', 'certificate'] as const

const address = z.string().trim().min(1).max(2000)

/** `POST /api/remotes/discovery`: what a server offers to these credentials. */
export const Discover = z.strictObject({ url: address, login: Login, ca: certificate.nullable() })

const OfferedCollection = z.object({ id: z.string(), title: z.string(), canRead: z.boolean(), canWrite: z.boolean() })
const OfferedRoot = z.object({
  url: z.string(),
  title: z.string(),
  /** Null where the root does not say. */
  maxContentLength: z.number().int().nullable(),
  collections: z.array(OfferedCollection),
  /** Why nothing is listed here, in words: the other roots can be used all the same. */
  failure: z.string().nullable(),
})
export const Offered = z.object({ title: z.string(), roots: z.array(OfferedRoot) })

export const DIRECTIONS = ['poll', 'push'] as const
export const REMOTE_STATES = ['proposed', 'active', 'paused', 'ended'] as const
export const RUN_STATES = ['waiting', 'running', 'done', 'deferred', 'failed', 'cancelled'] as const
/** What a push may pass on at most: never what is for the contributor alone. */
export const PUSHED_LABELS = ['CLEAR', 'GREEN', 'AMBER'] as const

/** Which objects are asked for, or passed on (TAXII 2.1, section 3.4.1). Without types: all. */
const Filters = z.strictObject({
  types: z
    .array(z.string().regex(/^[a-z][a-z0-9-]{1,60}$/, 'a type of STIX'))
    .max(100)
    .refine((types) => new Set(types).size === types.length, 'a type that occurs twice'),
})

/** What can be changed without proposing anything anew. */
const rules = {
  name: line(120),
  intervalMinutes: z.number().int().min(5).max(1440),
}
const PollRules = z.strictObject({
  ...rules,
  filters: Filters,
  /** What an object without a label counts as. */
  unmarked: z.enum(TLP_LABELS),
  /** For whom at most, whatever the objects' own markings allow. */
  audience: z.enum(TLP_LABELS),
})
const place = {
  apiRoot: address,
  remoteCollection: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[A-Za-z0-9._~-]+$/, 'the id or alias of a collection'),
  remoteTitle: z.string().trim().max(200),
  collection: idSchema<'collection'>(),
  login: Login,
  ca: certificate.nullable(),
}
/** `POST /api/remotes`. A push is a proposal: another person confirms it. */
export const AddRemote = z.discriminatedUnion('direction', [
  PollRules.extend({ ...place, direction: z.literal('poll') }),
  z.strictObject({ ...place, ...rules, direction: z.literal('push'), filters: Filters, audience: z.enum(PUSHED_LABELS), maxContentLength: z.number().int().positive().nullable() }), // prettier-ignore
])
/** `PUT /api/remotes/:id`: of a push only its name and interval, for the rest was agreed on by two. */
export const ChangeRemote = z.discriminatedUnion('direction', [
  PollRules.extend({ direction: z.literal('poll') }),
  z.strictObject({ ...rules, direction: z.literal('push') }),
])
/** `POST /api/remotes/:id/login`: in place of what is there, which nobody reads; of a push a proposal. */
export const ReplaceLogin = z.strictObject({ login: Login, ca: certificate.nullable() })

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })

/** One run: a poll, or a push, from its beginning to its end. */
export const RunView = z.object({
  id: z.string(),
  state: z.enum(RUN_STATES),
  /** Whether it ended at its bound while there was more: the next one goes on there. */
  unfinished: z.boolean(),
  askedBy: Who.nullable(),
  createdAt: at,
  begunAt: at.nullable(),
  movedAt: at,
  endedAt: at.nullable(),
  pages: z.number().int(),
  received: z.number().int(),
  added: z.number().int(),
  known: z.number().int(),
  refused: z.number().int(),
  bytes: z.number().int(),
  /** Positions, in the words of whoever gives them: of a poll of the remote server, of a push ours. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** Why it ended as it did, in words; null where nothing went wrong. */
  failure: z.string().nullable(),
  status: z.number().int().nullable(),
})
export const RunList = z.object({ items: z.array(RunView) })

export const RemoteView = z.object({
  id: z.string(),
  name: z.string(),
  direction: z.enum(DIRECTIONS),
  apiRoot: z.string(),
  remoteCollection: z.object({ id: z.string(), title: z.string() }),
  /** Never the credentials: only how, when and by whom they were set. */
  login: z.object({ scheme: z.enum(LOGIN_SCHEMES), setAt: at, setBy: Who }),
  ownAuthority: z.boolean(),
  /** Other credentials of a push, which wait for a second person. */
  loginChange: z.object({ id: z.string(), scheme: z.enum(LOGIN_SCHEMES), ownAuthority: z.boolean(), proposed: z.object({ by: Who, at }) }).nullable(),
  collection: z.object({ id: z.string(), title: z.string() }),
  intervalMinutes: z.number().int(),
  filters: Filters,
  unmarked: z.enum(TLP_LABELS),
  audience: z.enum(TLP_LABELS),
  state: z.enum(REMOTE_STATES),
  created: z.object({ by: Who, at }),
  confirmed: z.object({ by: Who, at }).nullable(),
  failingSince: at.nullable(),
  failure: z.string().nullable(),
  /** What is odd about the server, in words. */
  remarks: z.array(z.string()),
  lastSuccessAt: at.nullable(),
  nextAt: at.nullable(),
  /** The run that waits or is under way. */
  run: RunView.nullable(),
  added: z.number().int(),
  refused: z.number().int(),
})
/** With the collections of the operator that a remote can be joined to. */
export const RemoteList = z.object({ items: z.array(RemoteView), collections: z.array(z.object({ id: z.string(), title: z.string() })) })

/** An object that was not taken. */
export const RefusalView = z.object({ id: z.string(), run: z.string(), objectId: z.string(), version: z.string().nullable(), reason: z.string(), at })
export const RefusalList = z.object({ items: z.array(RefusalView) })

export const RemoteParams = z.object({ id: idSchema<'remote'>() })
export const LoginChangeParams = RemoteParams.extend({ change: idSchema<'remote-login-change'>() })
