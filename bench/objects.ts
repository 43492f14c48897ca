import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, openSync, closeSync, fsyncSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { system } from '#platform/auth/actor.ts'
import { thisMachine } from '#platform/clock/machine.ts'
import { loadKeys } from '#platform/crypto/keys.ts'
import { openDatabase } from '#platform/db/database.ts'
import { migrate } from '#platform/db/migrate.ts'
import { openEmbedded } from '#platform/db/server.ts'
import { createIds } from '#platform/ids.ts'
import { createLog } from '#platform/log.ts'
import { createObjects } from '#platform/objects/create-objects.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import { figure } from './figure.ts'

/**
 * Sealed objects of 20 MB, beside plain AES-256-GCM of the same bytes in the same run. The peer seals in one
 * piece: it hashes nothing, keeps no row, and gives out bytes before it has checked them.
 */
const SIZE = 20_000_000
const ROUNDS = 20

const base = mkdtempSync(join(tmpdir(), 'vedette-bench-'))
const source = join(base, 'source')
writeFileSync(source, randomBytes(SIZE))
const server = await openEmbedded(join(base, 'postgres', 'cluster'))
try {
  await migrate(server.owner)
  await measureAll()
} finally {
  await server.embedded?.stop()
  rmSync(base, { recursive: true })
}

async function measureAll(): Promise<void> {
  const db = openDatabase(server.app, () => undefined)
  const keysDir = join(base, 'keys')
  mkdirSync(keysDir)
  const { wallMs } = thisMachine()
  const clock = { now: () => new Date(wallMs()), disagreement: () => undefined }
  const log = createLog('bench', 'warn')
  const objects = createObjects({ dataDir: join(base, 'objects'), keys: loadKeys({ keysDir }), ids: createIds(wallMs), clock, log })

  const stored: ObjectId[] = []
  const put = async () => {
    const { id } = await db.transaction(system('bench'), (tx) => objects.put(tx, createReadStream(source), { limit: SIZE }))
    stored.push(id)
  }
  const get = async (round: number) => {
    const { stream } = await db.read(system('bench'), (tx) => objects.open(tx, stored[round]!))
    await pipeline(stream, createWriteStream(join(base, 'plain')))
  }
  const peers: Peer[] = []
  const peerPut = async (round: number) => void peers.push(await peerSeal(join(base, `peer-${round}`)))
  const peerGet = (round: number) => peerOpen(join(base, `peer-${round}`), peers[round]!)

  const puts = await inTurns(put, peerPut)
  const gets = await inTurns(get, peerGet)
  for (const [what, { ours, peer }] of Object.entries({
    'put 20 MB: seal, hash twice, fsync, row': puts,
    'get 20 MB: check every chunk and the digest': gets,
  })) {
    figure(what, ours, 'MB per CPU-second')
    figure(`peer: node:crypto AES-256-GCM from file to file, ${what.slice(0, 9)}`, peer, 'MB per CPU-second')
  }
  await db.close()
}

/** Runs both in turns, so that they meet the same machine; megabytes (10^6 bytes) per CPU-second of this process. */
async function inTurns(ours: Work, peer: Work): Promise<{ ours: number; peer: number }> {
  const seconds = { ours: 0, peer: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    seconds.ours += await cpuSeconds(() => ours(round))
    seconds.peer += await cpuSeconds(() => peer(round))
  }
  const megabytes = (SIZE * ROUNDS) / 1e6
  return { ours: megabytes / seconds.ours, peer: megabytes / seconds.peer }
}

async function cpuSeconds(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system: kernel } = process.cpuUsage(before)
  return (user + kernel) / 1e6
}

type Work = (round: number) => Promise<void>

interface Peer {
  readonly key: Buffer
  readonly nonce: Buffer
  readonly tag: Buffer
}

async function peerSeal(target: string): Promise<Peer> {
  const [key, nonce] = [randomBytes(32), randomBytes(12)]
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  await pipeline(createReadStream(source), cipher, createWriteStream(target))
  const file = openSync(target, 'r')
  fsyncSync(file)
  closeSync(file)
  return { key, nonce, tag: cipher.getAuthTag() }
}

async function peerOpen(file: string, { key, nonce, tag }: Peer): Promise<void> {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
  decipher.setAuthTag(tag)
  await pipeline(createReadStream(file), decipher, createWriteStream(join(base, 'plain')))
}
