import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const AGENT = fileURLToPath(new URL('../../../../guest/agent', import.meta.url))
const READ = `import json, sys
from viewers.buffers import Snapshot
taken = Snapshot()
for piece in json.load(sys.stdin): taken.take(piece)
print(json.dumps(taken.buffers()))`

/** What the guest reads of a snapshot of these objects, each with its name and its size. */
function buffersIn(objects: readonly (readonly [name: string, size: number])[]): unknown {
  const strings = [...new Set(objects.map(([name]) => name))]
  const nodes = objects.flatMap(([name, size], id) => [3, strings.indexOf(name), id, size])
  const text = JSON.stringify({ snapshot: { meta: { node_fields: ['type', 'name', 'id', 'self_size'] } }, nodes, strings })
  const pieces = [text.slice(0, 40), text.slice(40)]
  const read = spawnSync('python3', ['-Bc', READ], { cwd: AGENT, input: JSON.stringify(pieces), encoding: 'utf8' })
  if (read.status !== 0) throw new Error(read.stderr)
  return JSON.parse(read.stdout)
}

const DATA = 'system / JSArrayBufferData'
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)

describe('the buffers of a snapshot', () => {
  it('are counted by their size, those that take the most first', () => {
    const objects = [...times(20, [DATA, 2 ** 20] as const), ...times(2, [DATA, 2 ** 25] as const), ...times(50, ['Array', 2 ** 20] as const)]
    expect(buffersIn(objects)).toEqual([
      [2 ** 25, 2],
      [2 ** 20, 20],
    ])
  })

  it('are not told where they are little together', () => {
    expect(buffersIn(times(7, [DATA, 2 ** 20] as const))).toEqual([])
    expect(buffersIn([['Object', 16]])).toEqual([])
  })
})
