import { isTaxiiType, type Expected } from '#exchange/conformance/inspect.ts'
import { encode, type Session } from '#exchange/conformance/session.ts'

/** What every endpoint has to accept: both spellings, alone or among others. */
const ACCEPTED = [
  'application/taxii+json;version=2.1',
  'application/taxii+json',
  'application/taxii+json; version=2.1',
  'application/taxii+json;version=2.1,application/stix+json;version=2.1',
  'text/html;q=0.5, application/taxii+json;version=2.1;q=0.9',
]
const FOREIGN = ['text/html', 'application/json', 'application/stix+json;version=2.1', 'application/taxii+json;version=9.9', '*/*', 'no media range', '']

/** T11 and T13: how endpoints are asked for. */
export async function probeMedia(session: Session): Promise<void> {
  const { judge } = session
  for (const { url, expected, filtered } of endpoints(session)) {
    for (const accept of ACCEPTED) {
      const turn = await session.ask(expected, url, filtered ? { limit: '1' } : {}, { headers: { accept } })
      judge.must('T13', `Accept: ${accept}`, turn.status === 200, turn, `${turn.outcome} at ${expected}`)
      const type = turn.header('content-type')
      if (turn.status === 200) judge.should('T13', 'the highest version is answered', isTaxiiType(type), turn, type)
    }
    const bare = url.slice(0, -1)
    const turn = await session.send(bare)
    judge.should(
      'T11',
      'a path without its last slash is served or refused, not redirected',
      turn.status < 300 || turn.status >= 400,
      turn,
      `${turn.outcome} at ${expected}`,
    )
    judge.must('T11', 'a path without its last slash is no server error', turn.status < 500, turn, `${turn.outcome} at ${expected}`)
  }
  await probeForeign(session)
}

/** Other media types may be served or refused with 406, and nothing else. */
async function probeForeign(session: Session): Promise<void> {
  const { judge, target } = session
  const answers: string[] = []
  for (const accept of FOREIGN) {
    const turn = await session.send(`${target.origin}/taxii2/`, {}, { headers: { accept: accept === '' ? undefined : accept } })
    const name = accept === '' ? 'no Accept' : accept
    judge.must(
      'T13',
      `a foreign Accept is served or 406: ${name}`,
      [200, 406].includes(turn.status) || (turn.status === 400 && !accept.includes('/')),
      turn,
      turn.outcome,
    )
    answers.push(`${name}: ${turn.outcome}`)
  }
  judge.note('T13', 'what foreign media types get', answers.join('; '))
}

function endpoints({ target }: Session): { url: string; expected: Expected; filtered?: true }[] {
  const { origin, root, read } = target
  const objectId = target.content?.last[0]?.id
  return [
    { url: `${origin}/taxii2/`, expected: 'discovery' },
    ...(root === undefined
      ? []
      : ([
          { url: root, expected: 'api-root' },
          { url: `${root}collections/`, expected: 'collections' },
        ] as const)),
    ...(read
      ? ([
          { url: read.url, expected: 'collection' },
          { url: `${read.url}objects/`, expected: 'envelope', filtered: true },
          { url: `${read.url}manifest/`, expected: 'manifest', filtered: true },
        ] as const)
      : []),
    ...(read && objectId !== undefined
      ? ([
          { url: `${read.url}objects/${encode(objectId)}/`, expected: 'envelope' },
          { url: `${read.url}objects/${encode(objectId)}/versions/`, expected: 'versions' },
        ] as const)
      : []),
  ]
}
