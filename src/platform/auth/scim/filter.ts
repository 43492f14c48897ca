import SCIMMY from 'scimmy'
import { SCIM_LIMITS, type ScimUserView } from '#platform/auth/scim/contract.ts'
import { ScimProblem } from '#platform/auth/scim/refusal.ts'
import { caseless } from '#platform/auth/scim/caseless.ts'

/** Attributes whose letters count (RFC 7643, sections 3.1 and 7); every other text is compared without regard to case. */
const CASE_EXACT = new Set(['id', 'externalid'])
/** Attributes that a filter may name, in lower case. */
const FILTERED = new Set(
  ['id', 'externalId', 'userName', 'displayName', 'active', 'name', 'emails', 'roles', 'meta', 'formatted', 'givenName', 'familyName']
    .concat(['value', 'type', 'primary', 'created', 'lastModified', 'resourceType', 'location'])
    .map((name) => name.toLowerCase()),
)
const OPERATORS = new Set(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'pr', 'and', 'or', 'true', 'false', 'null'])
const MOST_TERMS = 10

/**
 * Reads a filter (RFC 7644, section 3.4.2.2): comparisons joined by `and` and `or`, one of them with a value filter in brackets.
 * Groups and `not` are refused, because the library negates groups wrongly and its work doubles with each. Throws
 * ScimProblem `invalidFilter`; the work is bounded by the length and the number of terms.
 */
export function readFilter(text: string): (users: readonly ScimUserView[]) => ScimUserView[] {
  refuseHostile(text)
  const filter = parse(text)
  return (users) => users.filter((user) => matches(filter, user))
}

function parse(text: string): InstanceType<typeof SCIMMY.Types.Filter> {
  let parsed: object[]
  try {
    parsed = [...new SCIMMY.Types.Filter(text)].map((expression) => lowered(expression, '') as object)
    if (parsed.length > 0 && namesOf(parsed).every((name) => FILTERED.has(name.toLowerCase()))) return new SCIMMY.Types.Filter(parsed)
  } catch (cause) {
    throw invalid('This filter cannot be read.', cause)
  }
  throw invalid('This filter names something that is not offered.')
}

/** The library throws where a filter asks for a part of an attribute that the user does not have: then it does not match. */
function matches(filter: InstanceType<typeof SCIMMY.Types.Filter>, user: ScimUserView): boolean {
  try {
    return filter.match([lowered(user, '') as Record<string, unknown>]).length > 0
  } catch {
    return false
  }
}

/** Attributes that an expression names, at every depth. */
function namesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [key, ...namesOf(item)])
}

function refuseHostile(text: string): void {
  if (text.length > SCIM_LIMITS.filter) throw invalid(`A filter has at most ${SCIM_LIMITS.filter} characters.`)
  const outside = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
  if (/["\\(){}]/.test(outside.replaceAll('""', ''))) throw invalid('Groups are not offered here: join comparisons by "and" and "or".')
  if ((outside.match(/\[/g)?.length ?? 0) > 1) throw invalid('One filter in brackets is offered.')
  if ((outside.match(/\b(?:and|or)\b/gi)?.length ?? 0) >= MOST_TERMS) throw invalid(`At most ${MOST_TERMS} comparisons are offered.`)
  for (const word of outside.replaceAll('""', ' ').match(/[^\s.[\]]+/g) ?? []) {
    const bare = word.toLowerCase()
    if (!OPERATORS.has(bare) && !FILTERED.has(bare) && !/^-?\d{1,15}$/.test(bare)) throw invalid('This filter names something that is not offered.')
  }
}

function invalid(detail: string, cause?: unknown): ScimProblem {
  return new ScimProblem('VALIDATION_FAILED', 'invalidFilter', detail, cause)
}

/** The same expression or user with every text in lower case but those whose letters count: the library compares letter by letter. */
function lowered(value: unknown, name: string): unknown {
  if (typeof value === 'string') return CASE_EXACT.has(name.toLowerCase()) ? value : caseless(value)
  if (Array.isArray(value)) return value.map((item) => lowered(item, name))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, lowered(item, key)]))
}
