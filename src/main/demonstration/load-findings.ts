import { Readable } from 'node:stream'
import { findIndicators } from '#exchange/indicators/indicator-store.ts'
import { readValue } from '#exchange/indicators/value.ts'
import { valueKey } from '#exchange/search/value-keys.ts'
import { reportOne } from '#exchange/sightings/report-one.ts'
import type { App } from '#platform/app.ts'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { StartupError } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'
import { submitFile } from '#scanner/submissions/submit-file.ts'
import { EXAMPLE_DOCUMENTS, EXPLOIT, type ExampleDocument } from '../../../examples/documents.ts'
import { asContact } from '#main/demonstration/acting-as.ts'

const PATIENCE_MS = 60_000

/**
 * Hands the example documents in, waits until the worker has scanned the one with an exploit and its indicator is published, and
 * reports four organisations' sightings of it: one fewer than anybody is shown. Throws StartupError when no worker does its part.
 */
export async function loadFindings(app: App, people: { submitter: PersonId; responders: readonly PersonId[] }): Promise<void> {
  const sha256 = new Map<ExampleDocument, string>()
  for (const document of EXAMPLE_DOCUMENTS) sha256.set(document, await submit(app, people.submitter, document))
  const indicator = await published(app, people.submitter, sha256.get(EXPLOIT)!)
  const now = app.clock.now()
  const seen = { indicator, count: 3, firstSeen: new Date(now.getTime() - 3_600_000), lastSeen: now }
  for (const responder of people.responders) await asContact(app, responder, (actor) => reportOne(app, actor, seen))
}

function submit(app: App, person: PersonId, { name, text }: ExampleDocument): Promise<string> {
  return asContact(app, person, async (actor) => {
    const upload = { bytes: Readable.from([Buffer.from(text, 'latin1')]), name }
    const { submission } = await submitFile(app, actor, { tlp: 'GREEN', share: 'true', operator: undefined }, upload)
    return submission.sha256
  })
}

function published(app: App, person: PersonId, sha256: string): Promise<string> {
  const elapsed = stopwatch()
  const key = valueKey(app.keys, readValue(sha256)!)
  return asContact(app, person, async (actor) => {
    for (;;) {
      const [found] = await app.db.read(actor, (tx) => findIndicators(tx, actor, { valueKeys: [key] }))
      if (found) return found.object_id
      if (elapsed() > PATIENCE_MS) throw new StartupError('The demonstration was not loaded: no worker scanned its documents within a minute.')
      await pause(50)
    }
  })
}
