import { describe, expect, it } from 'vitest'
import { POPPLER, seen, signal } from '#test/harness/replay-sandbox.ts'
import type { Detonation, Happening } from './contract.ts'
import { foundFiles } from './found-files.ts'

const hash = (letter: string) => letter.repeat(64)
const written = (path: string, letter: string, more: object = {}): Happening => ({
  kind: 'file',
  action: 'write',
  path,
  sha256: hash(letter),
  t: 1,
  rank: 'host',
  ...more,
})
const run = (more: Partial<Detonation>) => seen(hash('0'), POPPLER[0], { macros: false, egress: 'simulated', checkHeap: false }, more)
const names = (more: Partial<Detonation>) => foundFiles([run(more)]).map(({ name, sha256 }) => `${name} ${sha256[0]}`)

describe('files that are scanned in turn', () => {
  it('are those that a signal tells of, and those that the agent kept; not what the viewer leaves, a honey file, or the document itself', () => {
    const happenings = [
      written('/home/user/.cache/fonts', 'a'),
      written('/tmp/report.exe', 'b'),
      written('C:\\Users\\a\\macro.vbs', 'c', { rank: 'guest' }),
      written('/home/user/.ssh/id_rsa', 'd', { rank: 'guest', honey: true }),
      written('/tmp/copy.pdf', '0', { rank: 'guest' }),
    ]
    expect(names({ happenings, signals: [{ ...signal('active', 'dropped-file'), shown_by: [1] }] })).toEqual(['report.exe b', 'macro.vbs c'])
    // Control: without the signal the first is not told from what the viewer leaves.
    expect(names({ happenings })).toEqual(['macro.vbs c'])
  })

  it('are downloads, with the name that the page gave them, each once', () => {
    const download = (detail: string, more: object): Happening => ({ kind: 'page', action: 'download', detail, t: 1, rank: 'guest', ...more })
    const exchange = (url: string, letter: string, cut = false) => ({
      t: 1,
      method: 'GET',
      url,
      kind: 'http' as const,
      outcome: 'answered' as const,
      request: { headers: [] },
      response: { status: 200, reason: 'OK', headers: [], body: { size: 9, sha256: hash(letter), ...(cut && { cut }) } },
      took_ms: {},
    })
    const happenings = [
      download('../invoice.js', { url: 'https://a.example/1', id: 'one' }),
      download('half.iso', { url: 'https://a.example/2' }),
      download('named.doc', { sha256: hash('c') }),
      written('/home/user/Downloads/one', 'a', { rank: 'guest' }),
      written('/home/user/Downloads/four', 'd', { rank: 'guest' }),
    ]
    const network = [exchange('https://a.example/1', 'a'), exchange('https://a.example/2', 'b', true)]
    expect(names({ happenings, network })).toEqual(['invoice.js a', 'named.doc c', 'four d'])
  })
})
