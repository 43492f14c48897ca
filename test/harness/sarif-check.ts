/**
 * Whether a log keeps the rules of SARIF 2.1.0 (OASIS, schema and sections 3.13 to 3.58) for the objects that a document scanner writes: names and
 * kinds of properties, which of them must be there, closed vocabularies, and that each index leads to something. Answers with what is wrong.
 */
type Check = (value: unknown, at: string, faults: string[]) => void

const is =
  (test: (value: unknown) => boolean, what: string): Check =>
  (value, at, faults) =>
    void (test(value) || faults.push(`${at}: ${what}`))
const text = is((value) => typeof value === 'string' && value.length > 0, 'a text is needed')
const count = is((value) => Number.isInteger(value) && (value as number) >= 0, 'a whole number is needed')
const index = is((value) => Number.isInteger(value) && (value as number) >= -1, 'an index is needed')
const yes = is((value) => typeof value === 'boolean', 'true or false is needed')
const bag = is((value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'an object is needed')
const oneOf = (...words: string[]): Check => is((value) => words.includes(value as string), `one of ${words.join(', ')} is needed`)
const uri = is((value) => typeof value === 'string' && URL.canParse(value, 'file:///') && !/[\s\\<>"{}|^`]/.test(value), 'a URI reference is needed')
const absolute = is((value) => typeof value === 'string' && URL.canParse(value), 'an absolute URI is needed')

function object(properties: Readonly<Record<string, Check>>, needed: readonly string[] = [], more?: Check): Check {
  return (value, at, faults) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      faults.push(`${at}: an object is needed`)
      return
    }
    for (const name of needed) if (!Object.hasOwn(value, name)) faults.push(`${at}/${name}: is missing`)
    for (const [name, inner] of Object.entries(value)) {
      const check = properties[name]
      if (check) check(inner, `${at}/${name}`, faults)
      else faults.push(`${at}/${name}: is no property of it`)
    }
    more?.(value, at, faults)
  }
}

function list(check: Check): Check {
  return (value, at, faults) => {
    if (Array.isArray(value)) for (const [i, one] of value.entries()) check(one, `${at}/${i}`, faults)
    else faults.push(`${at}: a list is needed`)
  }
}

const message = object({ text, id: text, markdown: text }, ['text'])
const artifactLocation = object({ uri, uriBaseId: text, index })
const region = object({ byteOffset: count, byteLength: count, charOffset: count, charLength: count }, [], (value, at, faults) => {
  const keys = Object.keys(value as object)
  if (!keys.includes('byteOffset') && !keys.includes('charOffset')) faults.push(`${at}: says no place`)
})
const location = object({
  id: count,
  physicalLocation: object({ artifactLocation, region }, ['artifactLocation']),
  logicalLocations: list(object({ fullyQualifiedName: text, name: text, kind: text })),
  properties: bag,
})
const result = object(
  {
    ruleId: text,
    ruleIndex: index,
    kind: oneOf('notApplicable', 'pass', 'fail', 'review', 'open', 'informational'),
    level: oneOf('none', 'note', 'warning', 'error'),
    message,
    locations: list(location),
    properties: bag,
  },
  ['message'],
)
const artifact = object({
  location: artifactLocation,
  parentIndex: index,
  offset: count,
  length: count,
  hashes: is(
    (value) => Object.entries(value as object).every(([name, hash]) => name === 'sha-256' && /^[0-9a-f]{64}$/.test(hash as string)),
    'hashes are needed',
  ),
  mimeType: text,
  properties: bag,
})
const notification = object({ level: oneOf('none', 'note', 'warning', 'error'), message, locations: list(location), properties: bag }, ['message'])
const invocation = object({ executionSuccessful: yes, toolExecutionNotifications: list(notification) }, ['executionSuccessful'])
const rule = object({ id: text, shortDescription: message, helpUri: absolute, properties: bag }, ['id'])
const tool = object({ driver: object({ name: text, version: text, informationUri: absolute, rules: list(rule) }, ['name']) }, ['driver'])
const run = object(
  {
    tool,
    invocations: list(invocation),
    artifacts: list(artifact),
    results: list(result),
    columnKind: oneOf('utf16CodeUnits', 'unicodeCodePoints'),
    properties: bag,
  },
  ['tool'],
  (value, at, faults) => checkIndexes(value as Run, at, faults),
)
const log = object({ $schema: absolute, version: oneOf('2.1.0'), runs: list(run) }, ['version', 'runs'])

interface Place {
  readonly physicalLocation?: { readonly artifactLocation: { readonly index?: number } }
}

interface Run {
  readonly tool: { readonly driver: { readonly rules?: readonly { readonly id: string }[] } }
  readonly artifacts?: readonly { readonly parentIndex?: number; readonly length?: number; readonly offset?: number }[]
  readonly results?: readonly { readonly ruleId?: string; readonly ruleIndex?: number; readonly locations?: readonly Place[] }[]
  readonly invocations?: readonly { readonly toolExecutionNotifications?: readonly { readonly locations?: readonly Place[] }[] }[]
}

function checkIndexes({ tool, artifacts = [], results = [], invocations = [] }: Run, at: string, faults: string[]): void {
  const rules = tool.driver.rules ?? []
  for (const [i, { ruleId, ruleIndex }] of results.entries())
    if (ruleIndex !== undefined && rules[ruleIndex]?.id !== ruleId) faults.push(`${at}/results/${i}: ruleIndex leads to another rule`)
  // A parent stands before its child: no artifact is its own ancestor.
  for (const [i, { parentIndex }] of artifacts.entries())
    if (parentIndex !== undefined && parentIndex >= i) faults.push(`${at}/artifacts/${i}: parentIndex leads nowhere`)
  const places = [...results, ...invocations.flatMap(({ toolExecutionNotifications = [] }) => toolExecutionNotifications)].flatMap(
    ({ locations = [] }) => locations,
  )
  for (const { physicalLocation } of places) {
    const to = physicalLocation?.artifactLocation.index
    if (to !== undefined && !artifacts[to]) faults.push(`${at}: no artifact ${to}`)
  }
  const ids = rules.map(({ id }) => id)
  if (new Set(ids).size !== ids.length) faults.push(`${at}/tool/driver/rules: a rule is listed twice`)
}

/** What is wrong with a SARIF log; nothing where it is one. */
export function sarifFaults(value: unknown): string[] {
  const faults: string[] = []
  log(value, '', faults)
  return faults
}
