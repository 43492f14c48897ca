import { z } from 'zod'

const instant = z.date().transform((date) => date.toISOString())

/** Networks that one operator may call its own. */
const MOST_NETWORKS = 200

/** Whether it is one is asked where it is settled: the console reads this file too. */
const network = z
  .string()
  .max(64)
  .regex(/^[0-9A-Fa-f.:]+\/\d{1,3}$/, 'a network such as 192.0.2.0/24 or 2001:db8::/32')
const host = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z0-9.:-]+$/, 'a host name or an address, without a port')
const loginText = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^\P{C}+$/u, 'no control characters')

/** `PUT /api/egress-settings`: what may be reached by what is opened for this operator, all at once. */
export const SetEgress = z.strictObject({
  /** Whether `direct` may be chosen. */
  direct: z.boolean(),
  /** Networks that nothing is ever let into, beside all that are not of the public internet. */
  ownNetworks: z.array(network).max(MOST_NETWORKS),
  /** A proxy that understands CONNECT; null: `upstream` cannot be chosen. */
  upstream: z
    .strictObject({
      host,
      port: z.int().min(1).max(65_535),
      /** How the proxy knows us; null: it asks nobody. Left out: as it was, for the same host and port. */
      login: z.strictObject({ user: loginText.refine((user) => !user.includes(':'), 'no colon'), password: loginText }).nullish(),
    })
    .nullable(),
})

/** `GET /api/egress-settings`. The login of the proxy is never told. */
export const EgressSettings = z.object({
  /** Who may choose a way to the real network at all: settled by whoever runs this instance (VEDETTE_EGRESS). */
  mayReachOut: z.enum(['nobody', 'operator', 'members']),
  direct: z.boolean(),
  ownNetworks: z.array(z.string()),
  upstream: z.object({ host: z.string(), port: z.number().int(), hasLogin: z.boolean() }).nullable(),
  /** Null: nobody has settled anything, and nothing is let out. */
  changedAt: instant.nullable(),
  changedBy: z.object({ id: z.string(), name: z.string() }).nullable(),
})
