import { createHash, randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { createDiskDriver } from '#platform/objects/disk-driver.ts'

// Child of the disk fault tests: puts random bytes under each given key, one after the other, and says what became of each.
const [root, size, ...keys] = process.argv.slice(2) as [string, string, ...string[]]
const driver = createDiskDriver({ root, clock: { now: () => new Date(0), disagreement: () => undefined } })

for (const key of keys) {
  const bytes = randomBytes(Number(size))
  const answer = await driver.put(key, pieces(bytes)).then(
    () => ({ key, sha256: createHash('sha256').update(bytes).digest('hex') }),
    (error: { code?: string; message: string }) => ({ key, code: error.code ?? error.message }),
  )
  writeSync(1, `${JSON.stringify(answer)}\n`)
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}
