import { compare, dates, type Content, type Page } from '#exchange/conformance/walk.ts'
import { readVersion } from '#exchange/conformance/stix.ts'
import { toMicroseconds } from '#exchange/conformance/timestamps.ts'
import type { Session } from '#exchange/conformance/session.ts'

/** T19, T20 and the agreement of manifest and objects (T35), read off the walks. */
export function probeOrder(session: Session, content: Content): void {
  const { judge } = session
  if (content.last.length === 0) return judge.skip('T19', 'the collection is empty')
  judgeSorted(session, content)
  judgeHeaders(session, content)
  const objects = content.last.map(({ key }) => key)
  const records = content.records.map(({ key }) => key)
  const differs = compare(records, content.manifest.whole, objects, content.plain.whole)
  judge.must('T35', 'the manifest lists the same versions as the objects', differs === undefined, content.manifest.pages[0]?.turn, differs)
  for (const { raw } of content.records) {
    const type = raw.media_type
    if (typeof type === 'string')
      judge.must('T35', 'media_type of a record is one of the collection', isAmong(type, content.collection.mediaTypes), content.manifest.pages[0]?.turn, type)
  }
  const instants = new Set(content.records.map(({ dateAdded }) => dateAdded))
  judge.gap('C6', instants.size === content.records.length ? 'every object has an instant of its own' : 'several objects have one date_added')
  return undefined
}

/** A media type without version stands for every version of it. */
function isAmong(type: string, types: readonly string[]): boolean {
  const plain = (text: string) => text.toLowerCase().replaceAll(/\s/g, '')
  return types.some((one) => plain(one) === plain(type) || plain(one) === plain(type).split(';')[0])
}

function judgeSorted({ judge }: Session, { plain, manifest, records, last }: Content): void {
  let before = 0n
  for (const page of manifest.pages)
    for (const { date_added: added } of page.items) {
      const at = toMicroseconds(String(added)) ?? before
      judge.must('T19', 'the manifest is sorted by date_added', at >= before, page.turn, String(added))
      if (at > before) before = at
    }
  // Equal instants may come in any order; everything else has the order of the manifest.
  const rank = new Map(records.map(({ key, dateAdded }) => [key, toMicroseconds(dateAdded) ?? 0n]))
  let reached = 0n
  for (const [n, { key }] of last.entries()) {
    const at = rank.get(key)
    if (at === undefined) continue
    judge.must('T19', 'objects are sorted by date added', at >= reached, pageOf(plain.pages, n)?.turn, key)
    if (at > reached) reached = at
  }
}

function judgeHeaders({ judge }: Session, content: Content): void {
  const added = new Map(content.records.map(({ key, dateAdded }) => [key, dateAdded]))
  for (const page of [...content.plain.pages, ...content.manifest.pages]) {
    const { first, last } = dates(page.turn)
    if (page.items.length === 0) judge.gap('C1', first === undefined ? 'no date headers on an empty answer' : 'date headers also on an empty answer')
    if (first === undefined || last === undefined || page.items.length === 0) continue
    const [from, to] = [toMicroseconds(first), toMicroseconds(last)]
    if (from === undefined || to === undefined) continue
    judge.must('T20', 'First is not after Last', from <= to, page.turn, `${first}, ${last}`)
    const instants = page.items.flatMap(
      (item) => toMicroseconds(typeof item.date_added === 'string' ? item.date_added : added.get(readVersion(item).key)) ?? [],
    )
    if (instants.length !== page.items.length) continue
    const [low, high] = [instants.reduce((a, b) => (a < b ? a : b)), instants.reduce((a, b) => (a > b ? a : b))]
    judge.must('T20', 'First and Last are the instants of the first and last object', from === low && to === high, page.turn, `${first}, ${last}`)
  }
  const { pages } = content.manifest
  if (pages.some(({ more }) => more)) judge.gap('C3', pages.some(({ next }) => next !== undefined) ? 'manifests have next' : 'manifests have more without next')
}

function pageOf(pages: readonly Page[], index: number): Page | undefined {
  let from = 0
  return pages.find((page) => (from += page.items.length) > index)
}
