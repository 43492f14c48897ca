import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { noteReadings } from '#exchange/embargoes/note-readings.ts'
import { fieldProblem } from '#exchange/search/field-problem.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import { fromEpochMicroseconds } from '#exchange/stix/instant.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import type { SearchPage, SearchQuery } from '#exchange/search/contract.ts'
import type { FoundRow } from '#exchange/search/found-rows.ts'
import { indexing } from '#exchange/search/jobs.ts'
import { searchedTo } from '#exchange/search/lag-store.ts'
import { insideOf, networksOf } from '#exchange/search/networks.ts'
import { openObjects } from '#exchange/search/open-bodies.ts'
import { openScope, titlesOf, type Scope } from '#exchange/search/scope.ts'
import { chooseWay, findPage, type Needed, type Place, type Range, type Wanted, type Way } from '#exchange/search/search-store.ts'
import { letThrough } from '#exchange/search/second-wall.ts'
import { showFound } from '#exchange/search/show-found.ts'
import { readingsOf, type Value } from '#exchange/search/value.ts'
import { valueKey, wordKey } from '#exchange/search/value-keys.ts'
import { holdsPhrases, normalLabel, phrasesOf, wordsOfText } from '#exchange/search/words.ts'
import { PlaceSchema } from '#exchange/search/place.ts'

type Asked = z.output<typeof SearchQuery>

const LIST = 'exchange objects'
/** How often more is read where what was found does not fill a page: then the reader asks again. */
const MOST_ROUNDS = 10
/** Words of one question that are looked for. */
const MOST_ASKED_WORDS = 20

/** The objects that the reader is shown and that fit the question, in the versions that stand, the newest first. */
export async function searchObjects(app: App, reader: PersonActor, asked: Asked): Promise<z.input<typeof SearchPage>> {
  const before = asked.cursor === undefined ? undefined : PlaceSchema.parse(openCursor(app, LIST, asked.cursor))
  const read = readQuestion(asked)
  const wanted = wantedOf(app, reader, asked, read)
  const answer = await app.db.snapshot(reader, async (tx) => {
    const scope = await openScope(app, tx, reader, asked.collection)
    const titles = await titlesOf(tx, scope.collections)
    const way = await tx.asSystem((db) => chooseWay(db, scope, wanted.needed))
    const found = await fill(app, tx, scope, way, { wanted, before, limit: asked.limit, phrases: read.phrases })
    const waits = needsReading(wanted, scope) ? await tx.asSystem((db) => searchedTo(db, scope)) : undefined
    return { ...found, waits, items: found.rows.map(({ row, object }) => showFound(scope, row, object, titles)) }
  })
  await noteReadings(
    app,
    reader,
    answer.rows.map(({ row }) => row),
  )
  if (answer.waits !== undefined) await app.db.transaction(reader, (tx) => app.jobs.wake(tx, indexing, {}))
  return {
    items: answer.items,
    next: answer.end ? sealCursor(app, LIST, answer.end) : null,
    understood: { values: [...read.values], words: [...read.words] },
    searchedTo: answer.waits === undefined ? null : fromEpochMicroseconds(answer.waits),
  }
}

interface Found {
  readonly rows: readonly { readonly row: FoundRow; readonly object: StixObject }[]
  readonly end: Place | undefined
}

/** Reads on until a page is full or nothing is left. */
async function fill(
  app: App,
  tx: Tx,
  scope: Scope,
  way: Way,
  { wanted, before, limit, phrases }: { wanted: Wanted; before: Place | undefined; limit: number; phrases: readonly string[] },
): Promise<Found> {
  const found: { row: FoundRow; object: StixObject }[] = []
  let from = before
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const page = await tx.asSystem((db) => findPage(db, scope, way, wanted, { before: from, limit: limit + 1, round }))
    const rows = await letThrough(tx, page.rows)
    const objects = await openObjects(app, tx.db, rows)
    for (const row of rows) {
      const object = objects.get(row.version_id)
      if (!object || !holdsPhrases(object, phrases) || found.some(({ row: other }) => other.version_id === row.version_id)) continue
      found.push({ row, object })
      if (found.length > limit) return { rows: found.slice(0, limit), end: placeOf(found[limit - 1]!.row) }
    }
    from = page.end
    if (from === undefined) break
  }
  return { rows: found, end: from }
}

function placeOf({ position, collection_id: collection }: FoundRow): Place {
  return [position, collection]
}

interface Question {
  readonly values: readonly Value[]
  readonly words: readonly string[]
  readonly phrases: readonly string[]
}

/** How a question is understood: every value that it can be, and its words. */
function readQuestion({ q, value, text }: Asked): Question {
  if (q !== undefined && (value ?? text) !== undefined)
    throw fieldProblem('/query/q', 'q is read as a value and as words by itself: ask for value and text, or for q')
  const given = value ?? q
  const values = given === undefined ? [] : readingsOf(given)
  // What has a form of its own is not taken apart into words: those of an address are four numbers.
  const asWords = text ?? (values.some(({ kind }) => kind !== 'text') ? undefined : q)
  return {
    values,
    words: asWords === undefined ? [] : wordsOfText(asWords).slice(0, MOST_ASKED_WORDS),
    phrases: text === undefined ? [] : phrasesOf(text),
  }
}

function wantedOf(app: App, reader: PersonActor, asked: Asked, { values, words }: Question): Wanted {
  const valueKeys = values.flatMap((value) => [value, ...networksOf(value), ...insideOf(value)]).map((value) => valueKey(app.keys, value))
  const wordKeys = words.map((word) => wordKey(app.keys, 'word', word))
  const id = values.find(({ kind }) => kind === 'id')?.text
  const needed: Needed[] = [
    ...(asked.q === undefined ? [] : [{ anyValue: valueKeys, allWords: wordKeys, id }]),
    ...(asked.value === undefined ? [] : [{ anyValue: valueKeys, id }]),
    ...(asked.text === undefined ? [] : [{ allWords: wordKeys }]),
    ...(asked.label === undefined ? [] : [{ allWords: [wordKey(app.keys, 'label', normalLabel(asked.label))] }]),
    ...(asked.id === undefined ? [] : [{ id: asked.id }]),
  ]
  return {
    needed,
    types: asked.type,
    tlp: asked.tlp,
    revoked: asked.revoked,
    contributor: contributorOf(reader, asked.contributor),
    added: range(asked.addedFrom, asked.addedTo),
    modified: range(asked.modifiedFrom, asked.modifiedTo),
    created: range(asked.createdFrom, asked.createdTo),
    confidence: { from: asked.confidenceFrom, to: asked.confidenceTo },
    validAt: millisecondsOf(asked.validAt),
  }
}

/** Members tell what is their own from the rest, and no other member. */
function contributorOf(reader: PersonActor, contributor: Asked['contributor']): string | null | undefined {
  if (contributor === undefined) return undefined
  if (reader.kind === 'contact') {
    if (contributor === 'own') return reader.organisation
    throw fieldProblem('/query/contributor', 'own: members are not told who else contributed what')
  }
  if (contributor === 'own' || contributor === 'operator') return null
  return contributor
}

function range(from: string | undefined, to: string | undefined): Range {
  return { from: millisecondsOf(from), to: millisecondsOf(to) }
}

function millisecondsOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text)
}

/** Whether what is asked for is only known of versions that have been read for it. */
function needsReading({ needed, tlp, created, confidence, validAt }: Wanted, { reader }: Scope): boolean {
  const isAsked = ({ from, to }: Range) => from !== undefined || to !== undefined
  const tlpIsRead = tlp !== undefined && reader.kind === 'contact'
  return tlpIsRead || validAt !== undefined || isAsked(created) || isAsked(confidence) || needed.some(({ allWords = [] }) => allWords.length > 0)
}
