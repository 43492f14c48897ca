/** What a control server is made to do wrong: the number of a normative point. */
export type Fault = `T${number}`
export type Faults = ReadonlySet<Fault>

export interface Stored {
  readonly object: Record<string, unknown>
  readonly id: string
  readonly type: string
  readonly version: string
  readonly spec: string
  readonly added: number
}
export type Query = URLSearchParams
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/

/** An answer that is no success. */
export class Refusal extends Error {
  readonly status: number
  constructor(status: number, title: string) {
    super(title)
    this.status = status
  }
}

function isInstant(text: string): boolean {
  const whole = Date.parse(`${text.slice(0, 19)}Z`)
  return INSTANT.test(text) && !Number.isNaN(whole) && new Date(whole).toISOString().startsWith(text.slice(0, 19))
}

/** What the filters leave of what is stored, in its order. */
export function select(stored: readonly Stored[], query: Query, faults: Faults): Stored[] {
  const list = (name: string) => query.get(`match[${name}]`)?.split(',')
  const [ids, types, specs, wanted] = [list('id'), list('type'), list('spec_version'), list('version') ?? ['last']]
  const both = faults.has('T25') && ids && types
  return stored
    .filter(({ id, type }) => (both ? ids.includes(id) || types.includes(type) : (!ids || ids.includes(id)) && (!types || types.includes(type))))
    .filter(({ spec }) => !specs || specs.includes(spec) || (faults.has('T28') && !specs.includes('2.1')))
    .filter((one) => {
      const times = stored.filter(({ id }) => id === one.id).map(({ version }) => instant(version))
      const at = instant(one.version)
      return wanted.some(
        (word) => word === 'all' || (word === 'last' ? at === Math.max(...times) : word === 'first' ? at === Math.min(...times) : at === instant(word)),
      )
    })
}

/** Refuses what is malformed. */
export function check(query: Query, faults: Faults): void {
  const bad = (name: string, good: (value: string) => boolean) => {
    const values = query.getAll(name)
    if (values.length > 1 || (values[0] !== undefined && !good(values[0]))) throw new Refusal(400, `malformed ${name}`)
  }
  const list = (good: (item: string) => boolean) => (value: string) => value.split(',').every(good)
  bad('limit', (value) => /^[1-9]\d{0,14}$/.test(value) || (faults.has('T21') && value === '0'))
  bad('added_after', isInstant)
  bad('next', (value) => readCursor(value) !== undefined)
  bad(
    'match[id]',
    list((item) => item !== ''),
  )
  bad(
    'match[type]',
    list((item) => item !== '' && (!faults.has('T26') || item !== 'incident')),
  )
  bad(
    'match[spec_version]',
    list((item) => /^\d\.\d$/.test(item)),
  )
  bad(
    'match[version]',
    list((item) => ['first', 'last', 'all'].includes(item) || isInstant(item)),
  )
  bad('match[version]', (value) => {
    const words = value.split(',')
    return new Set(words).size === words.length && (faults.has('T27') || !words.includes('all') || words.length === 1)
  })
}

export function readCursor(text: string | null): { added: number; query: string } | undefined {
  if (text === null) return undefined
  try {
    const { added, query } = JSON.parse(Buffer.from(text, 'base64url').toString()) as { added: number; query: string }
    return typeof added === 'number' ? { added, query } : undefined
  } catch {
    return undefined
  }
}

/** Microseconds of an instant, rounded down; enough for the instants of tests. */
export function instant(text: string): number {
  const [, fraction = ''] = /\.(\d+)Z$/.exec(text) ?? []
  return Date.parse(`${text.slice(0, 19)}Z`) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}
