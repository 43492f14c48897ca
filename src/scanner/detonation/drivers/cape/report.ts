import type { Detonation, EndState, Signal } from '../../contract.ts'
import type { BoundedHappenings } from '../bounded-happenings.ts'
import { callAs, startedBy, type Call } from './calls.ts'
import { fieldsOf, instantOf, listOf, numberOf, present, textOf, type Fields } from './fields.ts'

const MOST_PROCESSES = 2_000
const MOST_CALLS = 500_000
const MOST_NETWORK = 5_000
const MOST_DROPPED = 2_000
const MOST_SIGNATURES = 200

/** What CAPE's report says, beside what happened. */
export interface CapeReading {
  readonly end: EndState
  readonly why: string
  /** Seconds that the analysis took, where it says so. */
  readonly seconds: number | undefined
  /** Signatures of CAPE's own: worth knowing, and no judgement of ours. */
  readonly signals: Signal[]
  readonly notWatched: Detonation['not_watched']
}

/**
 * Reads a report of CAPE (`report.json`: info, behavior, network, dropped, signatures, debug) into happenings, in the order of time. What its monitor saw has
 * rank `guest`, because it runs inside the processes that it watches; what its host saw of the network has rank `host`. Pure but for `into`.
 */
export function readCapeReport(report: unknown, into: BoundedHappenings): CapeReading {
  const said = fieldsOf(report)
  const behaviour = fieldsOf(said['behavior'])
  const processes = listOf(behaviour['processes'], MOST_PROCESSES).map(fieldsOf)
  const told = [...fromProcesses(processes), ...fromNetwork(fieldsOf(said['network'])), ...fromDropped(said['dropped'])]
  for (const one of told.sort((a, b) => a.t - b.t)) into.add(one)
  const crash = told.find(({ kind }) => kind === 'fault')
  const info = fieldsOf(said['info'])
  return {
    ...endOf(processes, info, crash),
    seconds: numberOf(info['duration']),
    signals: listOf(said['signatures'], MOST_SIGNATURES).flatMap((one) => signatureOf(fieldsOf(one))),
    notWatched: notWatched(fieldsOf(said['debug'])),
  }
}

type Told = Record<string, unknown> & { t: number; kind: string }

function* fromProcesses(processes: readonly Fields[]): Generator<Told> {
  const starts = processes.map((one) => instantOf(one['first_seen'])).filter((at) => at !== undefined)
  const zero = Math.min(...starts)
  const since = (value: unknown) => Math.min(1e6, Math.max(0, ((instantOf(value) ?? zero) - zero) / 1000) || 0)
  const images = new Map<number, string>()
  for (const one of processes) {
    const pid = numberOf(one['process_id'])
    const image = textOf(one['module_path'], 4096) ?? textOf(one['process_name'], 4096)
    if (pid !== undefined && image !== undefined) images.set(pid, image)
  }
  let calls = 0
  for (const one of processes) {
    const pid = numberOf(one['process_id'])
    const image = pid === undefined ? undefined : images.get(pid)
    if (pid === undefined || image === undefined) continue
    const t = since(one['first_seen'])
    const line = textOf(fieldsOf(one['environ'])['CommandLine'], 4096)
    yield present({
      t,
      rank: 'guest',
      kind: 'process-start',
      pid,
      parent: numberOf(one['parent_id']) ?? 0,
      image,
      arguments: line === undefined ? undefined : [line],
    })
    const fault = faultIn(image, line, images)
    if (fault) yield { ...fault, t, rank: 'guest' }
    for (const said of listOf(one['calls'], MOST_CALLS)) if (calls++ < MOST_CALLS) yield* fromCall(fieldsOf(said), pid, images, since)
  }
}

function* fromCall(said: Fields, pid: number, watched: ReadonlyMap<number, string>, since: (at: unknown) => number): Generator<Told> {
  const api = textOf(said['api'], 100)
  if (api === undefined || said['status'] === false) return
  const named = new Map<string, unknown>()
  for (const one of listOf(said['arguments'], 64).map(fieldsOf)) if (typeof one['name'] === 'string') named.set(one['name'], one['value'])
  const call: Call = { api, pid, argument: (name) => named.get(name) }
  const at = { t: since(said['timestamp']), rank: 'guest' }
  const started = startedBy(call)
  if (started && !watched.has(started.pid))
    yield {
      ...at,
      kind: 'process-start',
      pid: started.pid,
      parent: pid,
      image: started.image,
      ...(started.line !== undefined && { arguments: [started.line] }),
    }
  const meant = callAs(call)
  if (meant) yield { ...at, ...meant }
}

/** Windows starts its error reporting for a process that a fault ended: `WerFault.exe -u -p PID`, or DW20 of Office. */
function faultIn(image: string, line: string | undefined, images: ReadonlyMap<number, string>): (Record<string, unknown> & { kind: string }) | undefined {
  if (!/(^|[\\/])(werfault|dw20|dwwin)\.exe$/i.test(image)) return undefined
  const pid = numberOf(/\s-p\s+(\d{1,9})\b/.exec(line ?? '')?.[1]) ?? 0
  return { kind: 'fault', pid, image: images.get(pid) ?? 'unknown', signal: 'error-report' }
}

function* fromNetwork(network: Fields): Generator<Told> {
  const at = (value: unknown) => ({ t: typeof value === 'number' && value >= 0 && value < 1e6 ? value : 0, rank: 'host', kind: 'connect' })
  for (const protocol of ['tcp', 'udp'] as const)
    for (const one of listOf(network[protocol], MOST_NETWORK).map(fieldsOf)) {
      const to = textOf(one['dst'], 300)
      const port = numberOf(one['dport'])
      if (to !== undefined) yield present({ ...at(one['time']), protocol, to, port: port !== undefined && port <= 65_535 ? port : undefined })
    }
  for (const one of listOf(network['dns'], MOST_NETWORK).map(fieldsOf)) {
    const to = textOf(one['request'], 300)
    if (to !== undefined) yield { ...at(one['first_seen']), protocol: 'dns', to }
  }
  for (const one of listOf(network['icmp'], MOST_NETWORK).map(fieldsOf)) {
    const to = textOf(one['dst'], 300)
    if (to !== undefined) yield { ...at(one['time']), protocol: 'icmp', to }
  }
}

function* fromDropped(dropped: unknown): Generator<Told> {
  for (const one of listOf(dropped, MOST_DROPPED).map(fieldsOf)) {
    const path = textOf(listOf(one['guest_paths'], 1)[0] ?? one['guest_paths'], 4096) ?? textOf(listOf(one['name'], 1)[0] ?? one['name'], 4096)
    const sha256 = textOf(one['sha256'], 64)?.toLowerCase()
    if (path !== undefined) yield present({ t: 0, rank: 'guest', kind: 'file', action: 'create', path, size: numberOf(one['size']), sha256 })
  }
}

/** CAPE tells neither whether a page was shown nor when the viewer came to rest: the best end is that it was open until the time was over. */
function endOf(processes: readonly Fields[], info: Fields, crash: Told | undefined): { end: EndState; why: string } {
  if (processes.length === 0) return { end: 'agent-silenced', why: "CAPE's monitor told of no process" }
  if (crash) return { end: 'crashed', why: `Windows reported a fault of ${String(crash['image']).slice(0, 300)}` }
  if (info['timeout'] === true) return { end: 'idle', why: 'the document was open until the time of the analysis was over' }
  return { end: 'idle', why: 'every process that was watched ended by itself' }
}

function signatureOf(said: Fields): Signal[] {
  const name = textOf(said['name'], 40)?.replace(/[^A-Za-z0-9_.-]/g, '-')
  const why = textOf(said['description'], 1000)
  if (name === undefined || why === undefined) return []
  return [{ id: `cape-${name}`, weight: 'odd', rank: 'guest', attack: [], why, shown_by: [] }]
}

function notWatched(debug: Fields): Detonation['not_watched'] {
  const errors = listOf(debug['errors'], 20).flatMap((one) => textOf(one, 300) ?? [])
  return [
    { what: 'pages as they were shown, and when the viewer came to rest', why: 'CAPE does not tell it' },
    ...errors.map((why) => ({ what: 'what CAPE says went wrong', why })),
  ]
}
