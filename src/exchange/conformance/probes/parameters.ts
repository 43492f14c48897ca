import type { Query, Session } from '#exchange/conformance/session.ts'

const ID = 'indicator--3600ad1b-fff1-4c98-bcc9-4de3bc2e2ffb'
const long = (length: number) => '9'.repeat(length)

/** Parameters that are malformed by the letter of section 3.4: each has to get 400. */
const MALFORMED: readonly (readonly [string, string])[][] = [
  ...['0', '-1', 'ten', '1.5', '', ' ', '1e3', '0x10', '+-1', 'NaN', 'null', '10 10', '1,2', long(400)].map((value): [string, string][] => [['limit', value]]),
  ...[
    'yesterday',
    '',
    '2024-01-01',
    '2024-13-01T00:00:00.000000Z',
    '2024-02-30T00:00:00.000000Z',
    '2024-01-01T25:00:00.000000Z',
    '2024-01-01T00:00:00.000000',
    '2024-01-01 00:00:00.000000Z',
    '1704067200',
    '2024-01-01T00:00:00.000000Z,2024-01-02T00:00:00.000000Z',
    '2024-01-01T00:00:00.000000Z junk',
    "2024-01-01T00:00:00.000000Z'",
    `2024-01-01T00:00:00.${long(300)}Zz`,
  ].map((value): [string, string][] => [['added_after', value]]),
  ...['', ',', `${ID},`, `,${ID}`].map((value): [string, string][] => [['match[id]', value]]),
  ...['', ',', 'indicator,', ',indicator'].map((value): [string, string][] => [['match[type]', value]]),
  ...['', 'newest', '2024-01-01', '2024-02-30T00:00:00.000Z', ','].map((value): [string, string][] => [['match[version]', value]]),
  ...['', ','].map((value): [string, string][] => [['match[spec_version]', value]]),
  [
    ['limit', '1'],
    ['limit', '2'],
  ],
  [
    ['added_after', '2024-01-01T00:00:00.000000Z'],
    ['added_after', '2024-01-02T00:00:00.000000Z'],
  ],
  [
    ['match[type]', 'indicator'],
    ['match[type]', 'malware'],
  ],
  [
    ['match[id]', ID],
    ['match[id]', ID],
  ],
]

/** Odd, but nowhere called malformed: any answer but a server error will do. */
const ODD: readonly Query[] = [
  { 'match[id]': 'garbage' },
  { 'match[type]': 'no-such-type' },
  { 'match[type]': "x' or '1'='1" },
  { 'match[unheard_of]': 'x' },
  { 'match[]': 'x' },
  { match: 'x' },
  { 'match[id][id]': 'x' },
  { '__proto__[x]': 'x' },
  { next: '' },
  { 'match[id]': Array.from({ length: 200 }, () => ID).join(',') },
  { 'match[spec_version]': '9.9' },
  { unheard_of: 'x' },
]
/** Percent signs and bytes that are no UTF-8 cannot be written by `encodeURIComponent`. */
const RAW = ['limit=%zz', 'match[type]=%ff%fe', 'match[type]=%00', '&&&=&', `limit=1&${'x=1&'.repeat(200)}`]

/** T21: each malformed parameter gets 400, at objects and at the manifest. */
export async function probeParameters(session: Session): Promise<void> {
  const { judge, target } = session
  if (!target.read) return judge.skip('T21', 'no collection that can be read')
  for (const [path, expected] of [
    ['objects/', 'envelope'],
    ['manifest/', 'manifest'],
  ] as const) {
    const url = `${target.read.url}${path}`
    for (const query of MALFORMED) {
      const turn = await session.ask(expected, url, query)
      judge.must('T21', `400 for ${describe(query)}`, turn.status === 400, turn, `${turn.outcome} at ${path}`)
      if (session.client.stopped) return undefined
    }
  }
  const objects = `${target.read.url}objects/`
  for (const query of ODD) judgeOdd(session, await session.send(objects, query))
  for (const text of RAW) judgeOdd(session, await session.send(`${objects}?${text}`))
  await probeFractions(session, objects)
  return undefined
}

function judgeOdd({ judge }: Session, turn: Awaited<ReturnType<Session['send']>>): void {
  judge.must('T21', 'odd parameters are no server error', turn.status > 0 && turn.status < 500, turn, turn.outcome)
}

/** Which fractions of a second are read is left open by the standard (C10). */
async function probeFractions(session: Session, objects: string): Promise<void> {
  const read: string[] = []
  for (const fraction of ['', '.1', '.123', '.123456', '.123456789']) {
    const turn = await session.send(objects, { added_after: `2024-01-01T00:00:00${fraction}Z`, limit: '1' })
    if (turn.status === 200) read.push(String(Math.max(0, fraction.length - 1)))
    const probe = 'an added_after with microseconds is read'
    if (fraction.length === 7) session.judge.must('T22', probe, turn.status === 200, turn, turn.outcome)
    else session.judge.must('T21', 'other fractions of a second are read or 400', [200, 400].includes(turn.status), turn, turn.outcome)
  }
  session.judge.gap('C10', `added_after is read with ${read.join(', ')} digits of a second`)
}

function describe(query: readonly (readonly [string, string])[]): string {
  return query.map(([name, value]) => `${name}=${value.length > 60 ? `${value.slice(0, 20)}... (${value.length} characters)` : value}`).join('&')
}
