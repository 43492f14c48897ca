import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import { pageOf } from '#platform/http/page.ts'
import { TIERS } from '#program/membership/contract.ts'

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })
const kind = z.enum(['vendor', 'responder'])

/** One short line that people read. */
const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'one line without control characters')
/** An address that a browser may be sent to. */
export const WebLink = line(500).refine((text) => URL.canParse(text) && new URL(text).protocol === 'https:', 'an https address')

// What anybody reads.

/** The texts that an operator writes for the public. */
export const TEXT_SLUGS = ['programme', 'faq', 'contact'] as const
export type TextSlug = (typeof TEXT_SLUGS)[number]
const Text = z.object({ markdown: z.string(), publishedAt: at })

/** `/programme.json` */
export const ProgrammeView = z.object({
  operator: z.string(),
  text: Text.nullable(),
  contact: Text.nullable(),
  rule: z.string(),
  zone: z.string(),
  /** When each tier reads, in words that the rule gives. */
  tiers: z.array(z.object({ tier: z.string(), opens: z.string(), reads: z.string() })),
  releases: z.array(z.object({ at, opens: z.object({ validate: at, advance: at, entry: at }) })),
  apply: z.string(),
})
/** `/programme/criteria.json` */
export const CriteriaView = z.object({
  operator: z.string(),
  sets: z.array(
    z.object({
      id: z.string(),
      kind,
      criteria: z.array(
        z.object({
          id: z.string(),
          title: z.string(),
          text: z.string(),
          evidence: z.array(z.string()),
          judged: z.string(),
          need: z.string(),
          requiredFor: z.array(z.string()),
          alternative: z.string().nullable(),
          waivable: z.boolean(),
          renewal: z.string(),
          threshold: z.number().nullable(),
        }),
      ),
    }),
  ),
})
/** `/programme/faq.json` */
export const FaqView = z.object({ operator: z.string(), text: Text.nullable() })
/** `/programme/members.json`: the members that agreed to be featured, and nothing of any other. */
export const FeaturedMembers = z.object({
  operator: z.string(),
  members: z.array(z.object({ name: z.string(), link: z.string().nullable(), protects: z.string(), logo: z.string().nullable() })),
})
/** By name, or from the end. */
export const MembersQuery = z.object({ sort: z.enum(['name', '-name']).default('name') })

/** What a statement says, and what its signature covers (docs/membership-statement.md). Instants are seconds since 1970, as in RFC 7519. */
export const StatementClaims = z.object({
  iss: z.string(),
  /** Address of the statement. */
  sub: z.string(),
  iat: z.number().int(),
  exp: z.number().int(),
  operator: z.string(),
  member: z.string(),
  kind,
  /** Day since which it is a member. */
  since: z.string(),
  /** Only where the member chose to show it. */
  tier: z.enum(TIERS).optional(),
})
/** `/membership/:id.json`. `jws` is the same as JWS in compact form, signed with a key of `keys`. */
export const SignedStatement = z.object({ statement: StatementClaims, jws: z.string(), keys: z.string() })
/** JSON Web Key Set (RFC 7517) with Ed25519 keys (RFC 8037). */
export const StatementKeys = z.object({
  keys: z.array(z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), kid: z.string(), use: z.literal('sig'), alg: z.literal('EdDSA') })),
})

// What a member's admin and the operator's officers work with.

export const OperatorParams = z.object({ operator: idSchema<'operator'>() })
export const DIGEST = /^[0-9a-f]{64}$/
export const LogoParams = OperatorParams.extend({ digest: z.string().regex(DIGEST, 'SHA-256 in lower-case hex') })

/** What is shown of a member: `PUT /api/listings/:operator`. To send it is to agree that it is public once an officer has approved it. */
export const ProposeListing = z.strictObject({
  name: line(200).min(1),
  link: WebLink.nullable(),
  /** What the member protects, in a sentence. */
  protects: line(500),
  /** Digest of a logo that was uploaded before. */
  logo: z.string().regex(DIGEST, 'SHA-256 in lower-case hex').nullable(),
  agrees: z.literal(true, 'the member has to agree to be featured'),
})

const LISTING_STATES = ['waiting', 'public', 'hidden', 'refused', 'withdrawn', 'replaced'] as const
/** `hidden`: approved, but the membership is not active. */
export const ListingView = z.object({
  id: z.string(),
  operator: Who,
  organisation: Who,
  name: z.string(),
  link: z.string().nullable(),
  protects: z.string(),
  logo: z.string().nullable(),
  state: z.enum(LISTING_STATES),
  proposed: z.object({ by: z.string(), at }),
  decided: z.object({ by: z.string(), at, reason: z.string().nullable() }).nullable(),
})
export const ListingPage = pageOf(ListingView)
export const ListingParams = z.object({ id: idSchema<'listing'>() })
export const RefuseListing = z.strictObject({ reason: z.string().trim().min(1).max(1000) })
export const AddedLogo = z.object({ digest: z.string(), width: z.number().int(), height: z.number().int() })

/** The signed-in member with one operator: `GET /api/listings/own`. */
export const OwnListing = z.object({
  operator: Who,
  organisation: Who,
  /** Only an active member is shown anywhere. */
  active: z.boolean(),
  waiting: ListingView.nullable(),
  approved: ListingView.nullable(),
  /** The last change, when an officer refused it. */
  refused: ListingView.nullable(),
  statement: z.object({ id: z.string(), url: z.string(), badge: z.string(), showsTier: z.boolean() }).nullable(),
  page: z.string(),
})
export const OwnListings = z.object({ items: z.array(OwnListing) })
export const SwitchStatement = z.strictObject({ showsTier: z.boolean() })

export const TextParams = z.object({ slug: z.enum(TEXT_SLUGS) })
/** `version` is the one that was read: another officer's change in between is CONFLICT. */
export const PublishText = z.strictObject({ markdown: z.string().max(50_000), version: z.number().int().min(0) })
export const PublicText = z.object({
  slug: z.enum(TEXT_SLUGS),
  /** 0 while there is none. */
  version: z.number().int(),
  markdown: z.string(),
  published: z.object({ by: z.string(), at }).nullable(),
})
export const PublicTexts = z.object({ items: z.array(PublicText), page: z.string() })
