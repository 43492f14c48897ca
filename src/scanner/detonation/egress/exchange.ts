import { z } from 'zod'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const text = (most: number) => z.string().max(most)

/** Most characters of an address that is recorded; a longer one is cut there. */
export const LONGEST_URL = 4096
export const MOST_HEADERS = 100
export const LONGEST_HEADER = 4096

const Headers = z.array(z.tuple([text(200), text(LONGEST_HEADER)])).max(MOST_HEADERS)

/** The bytes of a request or an answer, which are kept by their hash. */
export const Body = z.strictObject({
  /** Bytes as they came, compressed where they were. */
  size: z.int().nonnegative(),
  /** Of what is kept: without its compression where that could be undone. */
  sha256: sha256.optional(),
  type: text(200).optional(),
  /** Only its beginning was passed on and kept. */
  cut: z.boolean().optional(),
})
export type Body = z.infer<typeof Body>

/** A certificate as a server showed it. */
export const ShownCertificate = z.strictObject({ sha256, subject: text(500), issuer: text(500), from: text(40), to: text(40) })

/** Why a connection was refused in which something was said, and no request of HTTP. */
export const FOREIGN = { tunnel: 'neither HTTP nor TLS was spoken', proxy: 'no HTTP was spoken' } as const

/** One request that reached the proxy, whatever became of it. */
export const Exchange = z.strictObject({
  /** Seconds since the document was handed over. */
  t: z.number().nonnegative().max(1e6),
  method: text(40),
  url: text(LONGEST_URL),
  /** `tunnel`: something asked for a connection and then spoke neither HTTP nor TLS, or nothing. `name`: a look-up of the simulated Internet. */
  kind: z.enum(['http', 'websocket', 'tunnel', 'name']),
  outcome: z.enum(['answered', 'simulated', 'refused', 'failed']),
  /** Why it was refused or failed. */
  why: text(300).optional(),
  /** The address that was checked and connected to. */
  address: text(64).optional(),
  /** Of the host in the TLS greeting where that is another one than asked for. */
  server_name: text(255).optional(),
  request: z.strictObject({ headers: Headers, body: Body.optional() }),
  response: z.strictObject({ status: z.int().min(0).max(999), reason: text(200), headers: Headers, body: Body.optional() }).optional(),
  tls: z
    .strictObject({ version: text(20), cipher: text(80), valid: z.boolean(), why: text(200).optional(), chain: z.array(ShownCertificate).max(10) })
    .optional(),
  /** Milliseconds: looking up and checking, connecting with TLS, waiting for the answer, receiving it. */
  took_ms: z.strictObject({ resolve: z.number(), connect: z.number(), wait: z.number(), receive: z.number() }).partial(),
})
export type Exchange = z.infer<typeof Exchange>

/** Names and values of Node's flat list of headers, bounded. */
export function headersOf(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < raw.length && pairs.length < MOST_HEADERS; at += 2) pairs.push([raw[at]!.slice(0, 200), raw[at + 1]!.slice(0, LONGEST_HEADER)])
  return pairs
}
