import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { describeSettings, readConfig } from '#platform/config.ts'

const ROOT = join(import.meta.dirname, '..')

interface Container {
  readonly name: string
  readonly image: string
  readonly command: readonly string[]
  readonly ports?: readonly { name: string; containerPort: number }[]
  readonly envFrom: readonly Record<string, { name: string }>[]
  readonly volumeMounts: readonly { name: string; mountPath: string }[]
  readonly securityContext: Record<string, unknown>
  readonly [probe: `${string}Probe`]: { httpGet: { path: string; port: string } } | undefined
}

interface Pod {
  readonly initContainers?: readonly Container[]
  readonly containers: readonly Container[]
  readonly volumes: readonly { name: string; persistentVolumeClaim?: { claimName: string } }[]
}

interface Manifest {
  readonly kind: string
  readonly metadata: { name: string; namespace?: string }
  readonly data?: Record<string, string>
  readonly stringData?: Record<string, string>
  readonly resources?: readonly string[]
  readonly spec?: {
    selector?: unknown
    template?: { metadata: { labels: Record<string, string> }; spec: Pod }
    podSelector?: unknown
    ports?: { targetPort: string }[]
  }
}

const FOLDER = join(ROOT, 'deploy/kubernetes')
const files = readdirSync(FOLDER)
const manifests = files.flatMap((file) =>
  parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')).map((document) => {
    expect(document.errors, file).toEqual([])
    return document.toJS() as Manifest
  }),
)
const named = (kind: string) => manifests.filter((one) => one.kind === kind)
const pods = manifests.flatMap(({ spec }) => (spec?.template ? [spec.template.spec] : []))
const containers = pods.flatMap((pod) => [...(pod.initContainers ?? []), ...pod.containers])
const unit = readFileSync(join(ROOT, 'deploy/systemd/vedette.service'), 'utf8')
const settings = new Map(named('ConfigMap').flatMap(({ data }) => Object.entries(data!)))

/** Words after `vedette` in a command, in a shell's text too. */
const commandsIn = (text: string) => [...text.matchAll(/bin\/vedette ([a-z]+(?: [a-z]+)?)/g)].map(([, words]) => words!)

describe('what deploy/ holds', () => {
  it('is all of what kustomization.yaml lists', () => {
    expect(named('Kustomization')[0]!.resources!.toSorted()).toEqual(files.filter((file) => file !== 'kustomization.yaml').sort())
    expect(containers.length).toBeGreaterThan(2)
  })

  it('names settings that exist', () => {
    const secret = named('Secret').flatMap(({ stringData }) => Object.keys(stringData!))
    const inUnit = [...unit.matchAll(/^Environment=(\w+)=/gm)].map(([, name]) => name!)
    const known = describeSettings(readConfig('live', {})).map(({ name }) => name)
    for (const name of [...settings.keys(), ...secret, ...inUnit]) expect(known).toContain(name)
  })

  it('names commands that exist', () => {
    const commands = [...containers.map(({ command }) => command.join(' ')), unit].flatMap(commandsIn)
    expect(commands).toEqual(expect.arrayContaining(['serve', 'worker', 'guest build', 'start']))
    const help = (...words: string[]) => spawnSync('bin/vedette', [...words, '--help'], { encoding: 'utf8', cwd: ROOT }).stdout
    const [whole, guest] = [help(), help('guest')]
    for (const command of new Set(commands)) {
      const [first, second] = command.split(' ')
      expect(whole).toMatch(new RegExp(`^  ${first!}\\b`, 'm'))
      if (second) expect(guest).toMatch(new RegExp(`^  ${second}\\b`, 'm'))
    }
  })

  it('names ports, probes, volumes and labels of its own', () => {
    const server = containers.find(({ name }) => name === 'server')!
    expect(server.ports).toEqual([{ name: 'http', containerPort: Number(settings.get('VEDETTE_PORT')) }])
    const health = readFileSync(join(ROOT, 'src/platform/http/health.ts'), 'utf8')
    for (const [key, value] of Object.entries(server)) {
      if (!key.endsWith('Probe')) continue
      const { path, port } = (value as { httpGet: { path: string; port: string } }).httpGet
      expect(port).toBe('http')
      expect(health).toContain(`url: '${path}'`)
    }
    const claims = named('PersistentVolumeClaim').map(({ metadata }) => metadata.name)
    for (const pod of pods) {
      const volumes = pod.volumes.map(({ name }) => name)
      for (const { volumeMounts } of [...(pod.initContainers ?? []), ...pod.containers]) for (const { name } of volumeMounts) expect(volumes).toContain(name)
      for (const { persistentVolumeClaim: claim } of pod.volumes) if (claim) expect(claims).toContain(claim.claimName)
    }
    const sources = manifests.filter(({ kind }) => kind === 'ConfigMap' || kind === 'Secret').map(({ metadata }) => metadata.name)
    for (const { envFrom } of containers) for (const source of envFrom) expect(sources).toContain(Object.values(source)[0]!.name)
    for (const { kind, metadata } of manifests) if (!['Namespace', 'Kustomization'].includes(kind)) expect(metadata.namespace).toBe('vedette')
  })

  it('mounts what is stored where the settings say, and guests where a host looks for them', () => {
    const [data, keys] = [settings.get('VEDETTE_DATA')!, settings.get('VEDETTE_KEYS')!]
    const worker = containers.find(({ name }) => name === 'worker')!
    expect(worker.volumeMounts.map(({ mountPath }) => mountPath)).toEqual([data, `${data}/guest`, `${data}/guest-runs`, keys, '/tmp'])
    expect(readFileSync(join(ROOT, 'src/scanner/detonation/drivers/at-hand.ts'), 'utf8')).toMatch(/'guest'[^]*'guest-runs'/)
  })

  it('gives the server no privilege, and a worker the same few of root, however it is started', () => {
    const server = containers.find(({ name }) => name === 'server')!
    expect(server.securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } })
    const worker = containers.find(({ name }) => name === 'worker')!.command.join(' ')
    const kept = /--bounding-set=-all,(\S+)/
      .exec(worker)![1]!
      .split(',')
      .map((one) => `CAP_${one.slice(1).toUpperCase()}`)
    expect(/^CapabilityBoundingSet=(.+)$/m.exec(unit)![1]!.split(' ')).toEqual(kept)
  })

  it('lets nothing of the inside be reached by the way out', () => {
    const text = readFileSync(join(FOLDER, 'network.yaml'), 'utf8')
    for (const network of ['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '100.64.0.0/10']) expect(text).toContain(network)
    expect(named('NetworkPolicy').find(({ metadata }) => metadata.name === 'vedette-nothing')!.spec!.podSelector).toEqual({})
  })
})
