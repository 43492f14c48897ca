import { z } from 'zod'

/** Version of the report; a change that breaks a reader of it gets a new number (docs/taxii-check.md). */
export const CHECK_SCHEMA = 'vedette.taxii-check/1'

/** Every normative point, T1 to T40: number, section of TAXII 2.1 and what it is about. */
export const POINTS = [
  ['T1', '8.2.2', 'HTTPS with TLS 1.2, better also 1.3, without 0-RTT and black-listed suites'],
  ['T2', '8.2.2', 'HTTP Basic is offered'],
  ['T3', '1.6.9, 5', 'without a good login: 401 with WWW-Authenticate, or 404'],
  ['T4', '8.3.1', 'client certificates are verified'],
  ['T5', '8.2.1', 'a request without User-Agent is served'],
  ['T6', '8.2.2', 'what is left out for a client leaves the answer valid'],
  ['T7', 'App. B', '`next` is not trusted'],
  ['T8', '4.1, 4.2', 'discovery at /taxii2/ and an API root'],
  ['T9', '4.1.1', 'the discovery resource and its URLs'],
  ['T10', '4.2.1', 'the API root resource and max_content_length'],
  ['T11', '3.1', 'paths without a last slash are not redirected'],
  ['T12', '3.1', 'Content-Type of every answer'],
  ['T13', '3.1', 'Accept: with and without version'],
  ['T14', '3.1', 'Content-Type of what is posted'],
  ['T15', '3.1', 'success carries the body that is defined'],
  ['T16', '2', 'timestamps: UTC with microseconds'],
  ['T17', '2', 'UUIDv4 ids, integers in range, no empty lists'],
  ['T18', '3.8', 'property names are exact'],
  ['T19', '3.3', 'objects by date added, collections in a stable order'],
  ['T20', '3.2', 'X-TAXII-Date-Added-First and -Last'],
  ['T21', '3.4', 'malformed parameters get 400'],
  ['T22', '3.4', 'added_after: strictly after, oldest first'],
  ['T23', '3.4', 'limit and more'],
  ['T24', '3.5', 'next with the same filters'],
  ['T25', '3.4', 'match[id], match[type]: AND of fields, OR of values'],
  ['T26', '3.4.1', 'every type of STIX 2.1 can be asked for'],
  ['T27', '3.4.1', 'match[version]: last, first, all, exact'],
  ['T28', '3.4.1', 'match[spec_version]'],
  ['T29', '3.6.1', 'the error resource'],
  ['T30', '3.7', 'objects come in an envelope'],
  ['T31', '4.3.1', 'the status resource'],
  ['T32', '4.3', 'a status can be read later; an unknown one is 404'],
  ['T33', '5.1, 5.2', 'collections, their rights and aliases'],
  ['T34', '5.1-5.8', 'error codes of the endpoints'],
  ['T35', '5.3, 5.4', 'manifests agree with objects; can_read:false is refused'],
  ['T36', '5.5', 'adding objects'],
  ['T37', '5.6', 'one object and its filters'],
  ['T38', '5.7', 'deleting objects'],
  ['T39', '5.8', 'versions of an object'],
  ['T40', '3.9, 7.1', 'SRV record and custom properties'],
] as const

export type PointId = (typeof POINTS)[number][0]
const POINT_IDS = POINTS.map(([id]) => id) as unknown as [PointId, ...PointId[]]

/** A request and its answer, without credentials and cut to what a reader needs. */
const ShownTurn = z.object({
  request: z.object({ method: z.string(), url: z.string(), headers: z.record(z.string(), z.string()), body: z.string().optional() }),
  answer: z
    .object({
      status: z.number().int(),
      headers: z.record(z.string(), z.string()),
      /** Its first bytes as text. */
      body: z.string(),
      /** Length of the whole body. */
      bytes: z.number().int(),
    })
    .optional(),
  /** Why there is no whole answer. */
  failure: z.string().optional(),
})
export type ShownTurn = z.output<typeof ShownTurn>

/** One thing that was looked at, however often. `fail` breaks a MUST, `warn` a SHOULD; a `note` judges nothing. */
export const ProbeResult = z.object({
  probe: z.string(),
  verdict: z.enum(['pass', 'fail', 'warn', 'note']),
  times: z.number().int(),
  failed: z.number().int(),
  detail: z.string().optional(),
  turns: z.array(ShownTurn),
})
export type ProbeResult = z.output<typeof ProbeResult>

export const PointResult = z.object({
  point: z.enum(POINT_IDS),
  section: z.string(),
  title: z.string(),
  verdict: z.enum(['pass', 'fail', 'not-applicable']),
  warnings: z.number().int(),
  /** Why parts of it, or all of it, could not be judged. */
  reasons: z.array(z.string()),
  probes: z.array(ProbeResult),
})
export type PointResult = z.output<typeof PointResult>

/** What `vedette taxii check --json` prints. */
export const CheckReport = z.object({
  schema: z.literal(CHECK_SCHEMA),
  url: z.string(),
  api_root: z.string().optional(),
  collection: z.string().optional(),
  write_collection: z.string().optional(),
  /** False when the check was ended before its time. */
  whole: z.boolean(),
  requests: z.number().int(),
  totals: z.object({ pass: z.number().int(), fail: z.number().int(), not_applicable: z.number().int(), warnings: z.number().int() }),
  points: z.array(PointResult),
  /** How the server resolves what the standard leaves open (C1 to C12 of the design). */
  resolutions: z.array(z.object({ gap: z.string(), found: z.string() })),
  /** Ids of probe objects that the check made and could not take away again. */
  left_behind: z.array(z.string()),
})
export type CheckReport = z.output<typeof CheckReport>
