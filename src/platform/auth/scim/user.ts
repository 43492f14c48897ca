import SCIMMY from 'scimmy'
import { z } from 'zod'
import { MailAddress, PersonName } from '#platform/auth/contract.ts'
import { PATCH_SCHEMA, SCIM_LIMITS, SCIM_ROOT, USER_SCHEMA, type ScimUserView } from '#platform/auth/scim/contract.ts'
import { ScimProblem } from '#platform/auth/scim/refusal.ts'
import type { DirectoryUser } from '#platform/auth/scim/store.ts'

/** What a resource asks of a contact; roles undefined: as they are. */
export interface WantedUser {
  readonly userName: string
  readonly externalId: string | null
  readonly name: string
  readonly givenName: string | null
  readonly familyName: string | null
  readonly email: string | null
  readonly active: boolean
  readonly roles: readonly string[] | undefined
}

const text = (longest: number) => z.string().trim().min(1).max(longest)
const nameText = PersonName.nullish()
/** The library has checked types; here is what we keep, and how long it may be. */
const Kept = z.object({
  userName: text(320).regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u),
  externalId: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u)
    .nullish(),
  displayName: nameText,
  name: z.object({ formatted: nameText, givenName: nameText, familyName: nameText }).nullish(),
  emails: z
    .array(z.object({ value: MailAddress, primary: z.boolean().nullish() }))
    .max(20)
    .nullish(),
  active: z.boolean().nullish(),
  roles: z
    .array(z.object({ value: text(64) }))
    .max(10)
    .nullish(),
})

/** Reads a whole resource, of a POST or a PUT. Throws ScimProblem. */
export function readUser(body: unknown): WantedUser {
  return wantedOf(coerced(objectOf(body)))
}

/** A contact as a resource; `origin` of this instance. */
export function showUser(user: DirectoryUser, origin: string): ScimUserView {
  const location = `${origin}${SCIM_ROOT}/Users/${user.id}`
  const { givenName, familyName } = user
  return {
    schemas: [USER_SCHEMA],
    id: user.id,
    ...(user.externalId !== null && { externalId: user.externalId }),
    userName: user.userName,
    name: { formatted: user.name, ...(givenName !== null && { givenName }), ...(familyName !== null && { familyName }) },
    displayName: user.name,
    ...(user.email !== null && { emails: [{ value: user.email, type: 'work', primary: true }] }),
    active: user.active,
    roles: user.roles.map((value) => ({ value })),
    meta: { resourceType: 'User', created: user.createdAt.toISOString(), lastModified: user.changedAt.toISOString(), location },
  }
}

/** Attributes that a patch may name, in lower case, alone or with one part. */
const PATCHED = new Set(['username', 'externalid', 'displayname', 'active', 'name', 'emails', 'roles', 'title', 'nickname', 'locale', 'timezone', 'usertype'])
const PATH =
  /^(?:urn:ietf:params:scim:schemas:core:2\.0:User:)?([A-Za-z]{1,40})(?:\[[A-Za-z]{1,40} eq (?:"[^"\\[\]]{1,100}"|true|false)\])?(?:\.[A-Za-z]{1,40})?$/

const PatchBody = z.object({
  schemas: z.array(z.string()).length(1),
  Operations: z
    .array(z.object({ op: z.string().max(10), path: z.string().max(SCIM_LIMITS.path).optional(), value: z.unknown().optional() }))
    .min(1)
    .max(SCIM_LIMITS.operations),
})

/**
 * Reads a patch (RFC 7644, section 3.5.2); what it gives says what a contact is to become by it, by all operations or none. Both
 * throw ScimProblem.
 */
export function preparePatch(body: unknown): (present: DirectoryUser) => Promise<WantedUser> {
  const parsed = PatchBody.safeParse(body)
  if (!parsed.success || parsed.data.schemas[0] !== PATCH_SCHEMA)
    throw new ScimProblem('VALIDATION_FAILED', 'invalidSyntax', `Send one to ${SCIM_LIMITS.operations} operations of the schema ${PATCH_SCHEMA}.`)
  const operations = parsed.data.Operations.flatMap((operation) => readOperation(operation))
  return async (present) => {
    if (operations.length === 0) return wantedOf(showUser(present, ''))
    try {
      const before = new SCIMMY.Schemas.User(showUser(present, ''))
      const message = new SCIMMY.Messages.PatchOp({ schemas: [PATCH_SCHEMA], Operations: structuredClone(operations) } as never)
      const after = ((await message.apply(before)) as object | undefined) ?? before
      return withNewName(present, wantedOf(JSON.parse(JSON.stringify(after))), JSON.parse(JSON.stringify(after)) as ScimUserView)
    } catch (error) {
      throw asRefusal(error)
    }
  }
}

/** A patch of the formatted name alone changes the name that others see, too: both are one here. */
function withNewName(present: DirectoryUser, wanted: WantedUser, { displayName, name }: ScimUserView): WantedUser {
  const formatted = name?.formatted
  return displayName === present.name && formatted !== undefined && formatted !== present.name ? { ...wanted, name: formatted } : wanted
}

/** One operation of the kind that the library is given: known names only, values of our schema's types. Attributes of other schemas are left out. */
function readOperation({ op, path, value }: { op: string; path?: string | undefined; value?: unknown }): { op: string; path?: string; value?: unknown }[] {
  const what = op.toLowerCase()
  if (path === undefined) {
    if (what === 'remove') throw new ScimProblem('VALIDATION_FAILED', 'noTarget', 'A removal names what it removes.')
    return [{ op: what, value: withBooleans(knownOf(objectOf(value))) }]
  }
  if (/^urn:/i.test(path) && !path.toLowerCase().startsWith(`${USER_SCHEMA.toLowerCase()}:`)) return []
  const [, attribute = ''] = PATH.exec(path) ?? []
  if (!PATCHED.has(attribute.toLowerCase())) throw new ScimProblem('VALIDATION_FAILED', 'invalidPath', 'This path names nothing that is offered.')
  const bare = path.replace(/^urn:ietf:params:scim:schemas:core:2\.0:User:/i, '')
  const given = value === undefined ? {} : { value: attribute.toLowerCase() === 'active' ? booleanOf(value) : checked(value) }
  return [{ op: what, path: bare, ...given }]
}

/** Names of other schemas, and of attributes that we do not keep, are left out, as RFC 7644, section 3.3, allows. */
function knownOf(value: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(value).map(([key, item]) => [key.replace(/^urn:ietf:params:scim:schemas:core:2\.0:User:/i, ''), item] as const)
  return Object.fromEntries(entries.filter(([key]) => PATCHED.has(key.split('.')[0]!.toLowerCase()) && /^[A-Za-z]+(\.[A-Za-z]+)?$/.test(key)))
}

/** Some directories send booleans as text. */
function withBooleans(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, key.toLowerCase() === 'active' ? booleanOf(item) : checked(item)]))
}

function booleanOf(value: unknown): unknown {
  if (typeof value !== 'string') return value
  return value.toLowerCase() === 'true' ? true : value.toLowerCase() === 'false' ? false : value
}

/** Values are at most objects in lists: nothing deeper belongs to the schema. */
function checked(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth === 2) throw new ScimProblem('VALIDATION_FAILED', 'invalidValue', 'A value is nested more deeply than the schema.')
  for (const item of Object.values(value)) checked(item, depth + 1)
  return value
}

function objectOf(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  throw new ScimProblem('VALIDATION_FAILED', 'invalidSyntax', 'Send a JSON object.')
}

function coerced(body: Record<string, unknown>): unknown {
  try {
    const { schemas } = z.object({ schemas: z.array(z.string()).min(1).max(10) }).parse(body)
    if (!schemas.includes(USER_SCHEMA)) throw new Error('another schema')
  } catch (cause) {
    throw new ScimProblem('VALIDATION_FAILED', 'invalidSyntax', `Name the schema ${USER_SCHEMA}.`, cause)
  }
  try {
    const user = new SCIMMY.Schemas.User({ schemas: [USER_SCHEMA], ...withBooleans(knownOf(body)) }, 'in')
    return JSON.parse(JSON.stringify(user))
  } catch (error) {
    throw asRefusal(error)
  }
}

function wantedOf(resource: unknown): WantedUser {
  const parsed = Kept.safeParse(resource)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ScimProblem('VALIDATION_FAILED', 'invalidValue', `${issue?.path.join('.') ?? 'The resource'}: ${issue?.message ?? 'not accepted'}`)
  }
  const { userName, externalId, displayName, name, emails, active, roles } = parsed.data
  const both = [name?.givenName, name?.familyName].filter(Boolean).join(' ')
  return {
    userName,
    externalId: externalId ?? null,
    name: displayName ?? name?.formatted ?? (both === '' ? userName.slice(0, 200) : both.slice(0, 200)),
    givenName: name?.givenName ?? null,
    familyName: name?.familyName ?? null,
    email: (emails?.find(({ primary }) => primary) ?? emails?.[0])?.value ?? null,
    active: active ?? true,
    roles: roles?.map(({ value }) => value),
  }
}

/** The library's own refusals carry a status and a keyword; of anything else it throws nothing is repeated. */
function asRefusal(error: unknown): ScimProblem {
  if (error instanceof ScimProblem) return error
  const known = ['invalidPath', 'noTarget', 'invalidValue', 'invalidSyntax', 'mutability'] as const
  const scimType = known.find((type) => type === (error as { scimType?: unknown }).scimType) ?? 'invalidValue'
  return new ScimProblem('VALIDATION_FAILED', scimType, 'An attribute is not of the type or the name that the schema gives it.', error)
}
