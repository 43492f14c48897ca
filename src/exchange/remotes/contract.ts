import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'

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

export { line as remoteLine }
export const RemoteParams = z.object({ id: idSchema<'remote'>() })
