import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readEnvelope } from '#exchange/stix/envelope.ts'
import { TAXII_MEDIA_TYPE } from '#exchange/taxii/contract.ts'
import { startInstance } from '#test/harness/instance.ts'
import { cpuSecondsOf, figure } from './figure.ts'

/**
 * Sends every STIX bundle under a folder in through TAXII and reads it out again: `bin/run bench/stix-corpus.ts FOLDER`. Each object comes
 * out as the bytes that went in, or the status says why it was refused; anything else fails the run. Skipped, saying so, without a folder.
 */
const folder = process.argv[2]
if (folder && existsSync(folder)) await run(folder)
else process.stderr.write(`  skipped: ${folder ? `there is no folder ${folder}` : 'name a folder of STIX bundles as argument'}\n`)

interface Status {
  readonly id: string
  readonly status: 'pending' | 'complete'
  readonly total_count: number
  readonly success_count: number
  readonly failures?: readonly { readonly id: string; readonly message: string }[]
}

async function run(folder: string): Promise<void> {
  const instance = await startInstance('demo')
  await instance.ready()
  const demo = JSON.parse(readFileSync(join(instance.dataDir, 'demo.json'), 'utf8')) as { people: { token: string }[] }
  const client = await writerOf(
    instance.url,
    demo.people.map(({ token }) => token),
  )
  const pids = [...instance.pids('serve'), ...instance.pids('postgres')]
  const before = cpuSecondsOf(pids)
  const sent = new Set<string>()
  let refused = 0
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()) {
    const bytes = readFileSync(join(folder, file))
    const status = await client.post(bytes)
    for (const { id, message } of status.failures ?? []) process.stderr.write(`  ${file}: ${id} refused: ${message}\n`)
    process.stderr.write(`  ${file}: ${status.success_count} of ${status.total_count} stored\n`)
    refused += status.failures?.length ?? 0
    const bad = new Set((status.failures ?? []).map(({ id }) => id))
    for (const { bytes: text, value } of readEnvelope(bytes).objects) if (!bad.has((value as { id: string }).id)) sent.add(text.toString())
  }
  const back = new Set(await client.walk())
  figure('objects sent', sent.size, 'distinct texts')
  figure('objects that came out as the bytes that went in', [...sent].filter((text) => back.has(text)).length, `of ${sent.size}`)
  figure('objects refused with a reason', refused, 'objects')
  figure('in and out again, server and database', sent.size / (cpuSecondsOf(pids) - before), 'objects per CPU-second')
  await instance.end()
  instance.remove()
  if ([...sent].some((text) => !back.has(text))) throw new Error('an object came out as other bytes than went in')
}

/** The first of these people who may read and write a collection. */
async function writerOf(url: string, tokens: readonly string[]) {
  for (const token of tokens) {
    const headers = { authorization: `Bearer ${token}`, accept: TAXII_MEDIA_TYPE }
    const get = async <T>(path: string): Promise<T> => {
      const answer = await fetch(`${url}${path}`, { headers })
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
      return (await answer.json()) as T
    }
    const { api_roots: roots = [] } = await get<{ api_roots?: string[] }>('/taxii2/').catch((): { api_roots?: string[] } => ({}))
    for (const root of roots) {
      const { collections = [] } = await get<{ collections?: { id: string; can_read: boolean; can_write: boolean }[] }>(`${root}collections/`)
      const found = collections.find((one) => one.can_read && one.can_write)
      if (found) return clientOf(`${url}${root}`, found.id, headers)
    }
  }
  throw new Error('nobody in the demonstration may read and write a collection')
}

function clientOf(root: string, collection: string, headers: Readonly<Record<string, string>>) {
  const objects = `${root}collections/${collection}/objects/`
  return {
    async post(body: Buffer): Promise<Status> {
      const answer = await fetch(objects, { method: 'POST', headers: { ...headers, 'content-type': TAXII_MEDIA_TYPE }, body: new Uint8Array(body) })
      if (answer.status !== 202) throw new Error(`posting answered ${answer.status}: ${await answer.text()}`)
      let status = (await answer.json()) as Status
      while (status.status === 'pending') status = (await (await fetch(`${root}status/${status.id}/`, { headers })).json()) as Status
      return status
    },
    /** The text of every object, in every version. */
    async walk(): Promise<string[]> {
      const texts: string[] = []
      for (let next: string | undefined = undefined as string | undefined; ;) {
        const query = new URLSearchParams({ 'match[version]': 'all', limit: '1000', ...(next && { next }) })
        const page = Buffer.from(await (await fetch(`${objects}?${query.toString()}`, { headers })).arrayBuffer())
        texts.push(...readEnvelope(page).objects.map(({ bytes }) => bytes.toString()))
        next = (JSON.parse(page.toString()) as { next?: string }).next
        if (next === undefined) return texts
      }
    },
  }
}
