import { useSyncExternalStore } from 'react'
import { MOST_SAMPLE_BYTES, Submission } from '#scanner/submissions/contract.ts'
import { upload } from '../api/client.ts'
import { ApiProblem, asProblem } from '../api/problem.ts'
import { queryClient } from '../api/query-client.ts'
import { sessionQuery } from '../session/session.ts'
import { formatSize } from '../ui/format-size.ts'
import { submissionsQuery } from './submissions.ts'
import { queryOf, type Opening } from './opening-options.ts'
import type { Tlp } from './tlp.ts'

export interface Conditions {
  readonly tlp: Tlp
  readonly share: boolean
  readonly opening: Opening
}

/** One file on its way to the scanner. */
export interface Transfer {
  readonly key: number
  readonly name: string
  readonly size: number
  readonly state: 'waiting' | 'sending' | 'sent' | 'refused'
  /** 0 to 1. */
  readonly part: number
  readonly problem: ApiProblem | null
  /** Id of the submission that it became. */
  readonly submission: string | null
  /** Id of who handed it in. */
  readonly person: string
}

interface Work {
  readonly file: File
  readonly conditions: Conditions
  readonly controller: AbortController
}

const AT_ONCE = 2
const listeners = new Set<() => void>()
const works = new Map<number, Work>()
let transfers: readonly Transfer[] = []
let lastKey = 0

/** The transfers of this tab: they go on while somebody looks at another page of the console. */
export function useTransfers(): readonly Transfer[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => transfers,
  )
}

/** Sends a person's files one after another, two at a time. */
export function startTransfers(files: readonly File[], conditions: Conditions, person: string): void {
  for (const file of files) {
    const key = ++lastKey
    const problem = refusalOf(file)
    if (!problem) works.set(key, { file, conditions, controller: new AbortController() })
    change([...transfers, { key, name: file.name, size: file.size, state: problem ? 'refused' : 'waiting', part: 0, problem, submission: null, person }])
  }
  sendNext()
}

/** Stops a transfer, or takes one that has ended off the list. */
export function removeTransfer(key: number): void {
  works.get(key)?.controller.abort()
  works.delete(key)
  change(transfers.filter((transfer) => transfer.key !== key))
}

/** Sends a refused file once more, under the conditions that are chosen now: they may have been why it was refused. */
export function retryTransfer(key: number, conditions: Conditions): void {
  const work = works.get(key)
  if (!work) return
  works.set(key, { ...work, conditions, controller: new AbortController() })
  update(key, { state: 'waiting', part: 0, problem: null })
  sendNext()
}

/** Whether the file is still at hand, so that it can be sent again. */
export function canRetry(key: number): boolean {
  return works.has(key)
}

/** Stops and forgets what others than this person handed in: at sign-in; everything without one: at sign-out, for the next person at this browser. */
export function dropTransfersOfOthers(person?: string): void {
  for (const transfer of transfers) if (transfer.person !== person) removeTransfer(transfer.key)
}

function sendNext(): void {
  const room = AT_ONCE - transfers.filter(({ state }) => state === 'sending').length
  for (const { key } of transfers.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, room))) void sendOne(key)
}

async function sendOne(key: number): Promise<void> {
  const { file, conditions, controller } = works.get(key)!
  update(key, { state: 'sending' })
  try {
    await checkPerson()
    if (controller.signal.aborted) return sendNext()
    const query = new URLSearchParams({ tlp: conditions.tlp, share: String(conditions.share), ...queryOf(conditions.opening) })
    const onProgress = (sent: number, total: number) => update(key, { part: total > 0 ? sent / total : 0 })
    const { id } = await upload(Submission, `/api/submissions?${query}`, file, { signal: controller.signal, onProgress })
    works.delete(key)
    update(key, { state: 'sent', part: 1, submission: id })
    await queryClient.invalidateQueries({ queryKey: submissionsQuery.queryKey, exact: true })
  } catch (error) {
    if (!controller.signal.aborted) update(key, { state: 'refused', problem: asProblem(error) })
  }
  sendNext()
}

/** Nothing is sent in the name of another person, who may have signed in meanwhile, in another tab too. Throws when nobody is signed in. */
async function checkPerson(): Promise<void> {
  const session = await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 })
  if (session === null) throw refused('NOT_SIGNED_IN', 401, 'Sign in first')
  dropTransfersOfOthers(session.person.id)
}

/** What the server would refuse is not sent first. */
function refusalOf(file: File): ApiProblem | null {
  if (file.size === 0) return refused('VALIDATION_FAILED', 400, 'The file is empty')
  if (file.size > MOST_SAMPLE_BYTES)
    return refused('PAYLOAD_TOO_LARGE', 413, `The file is larger than ${formatSize(MOST_SAMPLE_BYTES)}, the most that is scanned`)
  return null
}

function refused(code: string, status: number, title: string): ApiProblem {
  return new ApiProblem({ code, status, title })
}

function update(key: number, to: Partial<Transfer>): void {
  change(transfers.map((transfer) => (transfer.key === key ? { ...transfer, ...to } : transfer)))
}

function change(to: readonly Transfer[]): void {
  transfers = to
  for (const listener of listeners) listener()
}
