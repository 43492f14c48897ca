import type { Judge } from '#exchange/conformance/judge.ts'
import { judgeProperties, type Resource, type Say } from '#exchange/conformance/resources.ts'
import { isTimestamp } from '#exchange/conformance/timestamps.ts'
import { asObject, asObjects, asText, type Json, type Turn } from '#exchange/conformance/turn.ts'

/** What a successful answer of an endpoint is; `nothing` for DELETE. */
export type Expected = Exclude<Resource, 'record' | 'detail' | 'error'> | 'nothing'

/** Endpoints whose answers say between which instants they were added; of these `{object-id}/` is an envelope too. */
const DATED: readonly Expected[] = ['manifest', 'envelope', 'versions']
export const FIRST = 'x-taxii-date-added-first'
export const LAST = 'x-taxii-date-added-last'

/** Judges what holds for every answer, whatever was asked: media type, body, shapes, timestamps, headers. */
export function inspect(judge: Judge, expected: Expected, turn: Turn): void {
  const say: Say = (point, probe, holds, detail) => void judge.must(point, probe, holds, turn, detail)
  if (!judge.must('T15', 'every request gets a whole answer', turn.answer !== undefined, turn, turn.failure)) return
  judgeMediaType(judge, expected, turn)
  if (turn.status >= 400) judgeError(turn, say)
  else if (turn.status >= 200 && turn.status < 300 && expected !== 'nothing') judgeSuccess(expected, turn, say)
}

/** Whether a Content-Type is that of TAXII 2.1; blanks, quotes and case are HTTP's matter. */
export function isTaxiiType(value: string | undefined): boolean {
  return /^application\/taxii\+json\s*;\s*version\s*=\s*"?2\.1"?\s*$/i.test(value ?? '')
}

function judgeMediaType(judge: Judge, expected: Expected, turn: Turn): void {
  const type = turn.header('content-type')
  const detail = `${turn.status} with ${type ?? 'none'}`
  const empty = turn.answer?.body.length === 0
  if (empty && expected === 'nothing' && type === undefined) judge.should('T12', 'Content-Type also where there is no body to describe', false, turn, detail)
  else judge.must('T12', turn.status >= 400 ? 'Content-Type of errors' : 'Content-Type of answers', isTaxiiType(type), turn, detail)
}

/** An error may come without a body, or with one of another media type (which T12 judges); JSON has to be the error resource. */
function judgeError(turn: Turn, say: Say): void {
  if (!('value' in turn.parsed)) return
  const value = asObject(turn.parsed.value)
  say('T29', 'an error is an object', value !== undefined)
  if (!value) return
  judgeProperties('error', value, say)
  if (typeof value.http_status === 'string')
    say('T29', 'http_status equals the status line', value.http_status === String(turn.status), `${value.http_status.slice(0, 40)} for ${turn.status}`)
}

function judgeSuccess(expected: Exclude<Expected, 'nothing'>, turn: Turn, say: Say): void {
  const value = 'value' in turn.parsed ? asObject(turn.parsed.value) : undefined
  const fault = 'fault' in turn.parsed ? turn.parsed.fault : 'JSON, but no object'
  say('T15', `success carries its body: ${expected}`, value !== undefined, fault)
  if (!value) return
  judgeProperties(expected, value, say)
  PARTS[expected]?.(value, say)
  if (DATED.includes(expected)) judgeDates(turn, value, say)
}

const PARTS: Partial<Record<Expected, (value: Json, say: Say) => void>> = {
  collections: ({ collections }, say) => asObjects(collections).forEach((one) => judgeProperties('collection', one, say)),
  manifest: ({ objects }, say) => asObjects(objects).forEach((one) => judgeProperties('record', one, say)),
  envelope: ({ objects }, say) => asObjects(objects).forEach((one) => judgeObject(one, say)),
  status: judgeStatus,
}

function judgeObject(object: Json, say: Say): void {
  const [id, type] = [asText(object.id), asText(object.type)]
  say('T30', 'each object has its type and an id of that type', id !== undefined && type !== undefined && id.startsWith(`${type}--`), short(object))
  say('T30', 'no bundle in an envelope', type !== 'bundle', short(object))
}

function judgeStatus(status: Json, say: Say): void {
  const { successes, failures, pendings } = status
  for (const list of [successes, failures, pendings]) asObjects(list).forEach((one) => judgeProperties('detail', one, say))
  say('T31', 'status is complete or pending', status.status === 'complete' || status.status === 'pending', short(status.status))
  const counts = [status.success_count, status.failure_count, status.pending_count, status.total_count].map(Number)
  say('T31', 'counts add up', counts[3] === counts[0]! + counts[1]! + counts[2]!, `${counts.slice(0, 3).join(' + ')} is not ${counts[3]}`)
  say('T31', 'what is complete has nothing pending', status.status !== 'complete' || counts[2] === 0, `${counts[2]} pending`)
  for (const [name, list, count] of [
    ['successes', successes, counts[0]],
    ['failures', failures, counts[1]],
    ['pendings', pendings, counts[2]],
  ] as const)
    if (Array.isArray(list)) say('T31', 'lists agree with their counts', list.length === count, `${list.length} ${name}, counted ${count}`)
}

function judgeDates(turn: Turn, value: Json, say: Say): void {
  const items = Array.isArray(value.objects) ? value.objects : Array.isArray(value.versions) ? value.versions : []
  for (const name of [FIRST, LAST]) {
    const text = turn.header(name)
    if (text !== undefined) say('T16', `timestamps of ${name}`, isTimestamp(text), text.slice(0, 80))
    // An empty answer was added at no instant (C1).
    if (items.length > 0) say('T20', `${name} is there`, text !== undefined)
  }
}

export function short(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 160)
}
