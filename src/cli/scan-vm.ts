import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { thisMachine } from '#platform/clock/machine.ts'
import { readConfig, type Edition } from '#platform/config.ts'
import { StartupError } from '#platform/errors.ts'
import { openAtHand } from '#scanner/detonation/drivers/at-hand.ts'
import { knownFixes } from '#scanner/detonation/fixes.ts'
import { limitsOfHost, openRoom } from '#scanner/detonation/host-limits.ts'
import { toBeDecided } from '#scanner/detonation/open-reactions.ts'
import { openEverywhere, type Everywhere, type Opened } from '#scanner/detonation/open-everywhere.ts'
import { environmentsFor, inOrder, opensAnywhere, planFirst, subjectOf, type Asked } from '#scanner/detonation/plan.ts'
import type { Job } from '#scanner/detonation/sandbox.ts'
import { notRun, notTriedIn, withJoined } from '#scanner/detonation/show-behaviour.ts'
import type { Sample } from '#scanner/jail/sample.ts'
import { addFindings } from '#scanner/verdict/add-findings.ts'
import type { JoinedReport, ScanReport } from '#scanner/verdict/contract.ts'
import { joinBehaviour } from '#scanner/verdict/join.ts'
import { watchFile } from '#cli/scan-vm-progress.ts'
import { shown } from '#cli/text-table.ts'

/** What `vedette scan --vm` was asked for. */
export interface VmOptions extends Asked {
  readonly edition: Edition
  readonly passwords: readonly string[]
  /** Writes one line for a person who waits. */
  readonly say: (text: string) => void
}

/** The answer of one file with what environments showed. */
export interface VmAnswer {
  /** The static result with the joined verdict in the place of its own, or with what it was not opened for. */
  readonly report: ScanReport
  /** Undefined where no environment opened it. */
  readonly joined?: JoinedReport
  /** In the place of `report` in forms that are made to be passed on, where what was seen may be known to nobody. */
  readonly passedOn?: ScanReport
  /** It opened in each environment that was to open it, and each says what it is worth. */
  readonly watched: boolean
}

const HELD = 'It may use a vulnerability that is not fixed: what was seen is told in sentences and by --json alone.'

/** The environments of this host, for files that were scanned. */
export interface Vm {
  /** Never rejects for what an environment does. `path` is what the file is called to the person who waits. */
  open(path: string, report: ScanReport, sample: Sample): Promise<VmAnswer>
  /** Ends what runs; each file is answered with what was seen by then. */
  cancel(): void
  close(): Promise<void>
}

/** Looks for the environments of this host. Throws `StartupError` where one is asked for that is not there. */
export async function openVm({ edition, passwords, say, ...asked }: VmOptions): Promise<Vm> {
  const { sandbox, notes } = await openAtHand({ dataDir: readConfig(edition).dataDir, clock: { now: () => new Date(thisMachine().wallMs()) } })
  for (const note of notes) say(note)
  const environments = inOrder(await sandbox.environments())
  const absent = asked.environments?.filter((name) => !environments.some((one) => one.name === name)) ?? []
  if (absent.length > 0) {
    await sandbox.close()
    throw new StartupError(`There is no environment ${absent.map(shown).join(', ')}. Of environments ${there(environments.map(({ name }) => name))}.`)
  }
  if (environments.length === 0) say('No environment is installed: the answers are those of the static scan alone. vedette guest build makes them.')
  const also = { passwords, ...wayOutFor(asked.egress) }
  const where: Everywhere = { sandbox, environments, asked, also, room: openRoom(limitsOfHost()) }
  const ending = new AbortController()
  return {
    open: (path, report, sample) => openFile(path, report, sample, where, say, ending.signal),
    cancel: () => ending.abort(),
    close: () => sandbox.close(),
  }
}

/** Whether what is to be opened is a page by its address, and no file. */
export const isAddress = (what: string): boolean => /^https?:\/\//i.test(what)

/** Whoever asks for the real network at the command line has decided it; a proxy of theirs is a setting of the server. */
export function wayOutFor(egress: Asked['egress']): Pick<Job, 'wayOut'> {
  return egress === 'direct' ? { wayOut: { ownNetworks: [] } } : {}
}

function there(names: readonly string[]): string {
  return names.length === 0 ? 'none is installed; vedette guest build makes them' : `there are ${names.join(', ')}`
}

async function openFile(path: string, report: ScanReport, sample: Sample, where: Everywhere, say: VmOptions['say'], signal: AbortSignal): Promise<VmAnswer> {
  const nowhere = whyNowhere(report, where)
  if (nowhere !== undefined) return { report: addFindings(report, [], [notRun(nowhere)]), watched: !opensAnywhere(report.type) }
  const document = await bytesOf(sample, report)
  if (document === undefined) return { report: addFindings(report, [], [notRun('The file changed while it was scanned.')]), watched: false }
  const opened = await openEverywhere(report, document, where, watchFile(path, say), signal)
  return joinOpened(report, document, opened)
}

/** What was seen joined with the static result; the static one that says why, where nothing was opened. Pure. */
export function joinOpened(report: ScanReport, document: Uint8Array, { detonations, notTried }: Opened): VmAnswer {
  if (detonations.length === 0) return { report: addFindings(report, [], notTriedIn(notTried)), watched: false }
  const inputs = [document]
  const joined = joinBehaviour(report, { detonations, notTried, inputs, fixes: knownFixes() }) as JoinedReport
  const watched = notTried.length === 0 && joined.environments.every(({ showed }) => showed !== 'undecided')
  const held = toBeDecided(joined, detonations, inputs).length > 0
  return { report: withJoined(report, joined), joined, watched, ...(held && { passedOn: addFindings(report, [], [notRun(HELD)]) }) }
}

function whyNowhere(report: ScanReport, { environments, asked }: Everywhere): string | undefined {
  if (!opensAnywhere(report.type)) return 'No environment opens files of this kind.'
  if (environmentsFor(report.type, environments).length === 0) return 'No environment that opens it is installed.'
  return planFirst(subjectOf(report), environments, asked).length === 0 ? 'None of the environments that were asked for opens it so.' : undefined
}

/** The bytes that were scanned; undefined where the file has others by now. */
async function bytesOf(sample: Sample, { sha256 }: ScanReport): Promise<Buffer | undefined> {
  const bytes = Buffer.isBuffer(sample) ? sample : await buffer(sample.pieces()).catch(() => undefined)
  return bytes && createHash('sha256').update(bytes).digest('hex') === sha256 ? bytes : undefined
}
