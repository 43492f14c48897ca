import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { membershipOfficers } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { Upload } from '#platform/http/upload.ts'
import { notify } from '#platform/notices/notify.ts'
import type { ImportReport, MemberImport } from '#program/membership/imports/contract.ts'
import { IMPORT_LIFE_MS, sealRows, showImport } from '#program/membership/imports/member-import.ts'
import { nameKey, readMemberList, type MemberList } from '#program/membership/imports/member-list.ts'
import { loadCeilings } from '#program/membership/standing/jurisdiction-store.ts'
import { findImport, insertImport, listMemberNames, memberImportRow, type MemberImportId } from '#program/membership/imports/store.ts'

type Report = z.input<typeof ImportReport>

/** Reads a list and says of each line what is wrong with it; writes nothing. */
export async function tryImport(app: App, actor: OperatorActor, { bytes }: Upload): Promise<Report> {
  const file = await bytesOf(bytes)
  const list = await app.db.read(actor, (tx) => readList(app, tx, actor, file))
  return report(list, true, null)
}

/** Proposes a list without a fault: it waits for a second membership officer, and until then nobody is a member by it. Throws VALIDATION_FAILED that names the lines. */
export async function proposeImport(app: App, actor: OperatorActor, { bytes }: Upload): Promise<Report> {
  const file = await bytesOf(bytes)
  return app.db.transaction(actor, async (tx) => {
    const list = await readList(app, tx, actor, file)
    if (list.faults.length > 0) throw refusal(list)
    const at = app.clock.now()
    const id = app.ids.next<'member-import'>() as MemberImportId
    const sha256 = createHash('sha256').update(file).digest('hex')
    const expiresAt = new Date(at.getTime() + IMPORT_LIFE_MS)
    const rows = sealRows(app, id, list.rows)
    await insertImport(tx, { id, operator: actor.operator, sha256, rowCount: list.rows.length, rows, by: actor.person, at, expiresAt })
    app.audit.record(tx, { action: 'member-import.proposed', subject: id, binds: [memberImportRow({ id })], details: { rows: list.rows.length, sha256 } })
    const officers = await membershipOfficers(tx, actor.operator)
    await notify(
      app,
      tx,
      officers.filter((officer) => officer !== actor.person),
      'member-import.proposed',
    )
    return report(list, false, showImport((await findImport(tx, actor.operator, id))!, at))
  })
}

async function readList(app: App, tx: Tx, { operator }: OperatorActor, file: Buffer): Promise<MemberList> {
  const members = new Set((await listMemberNames(tx, operator)).map(nameKey))
  const now = app.clock.now()
  const ceilings = await loadCeilings(tx, now)
  /** The policy in force that a cell means: by name and version, or by its name for the first. */
  const jurisdictionOf = (cell: string) => [cell, `${cell}@1`].find((policy) => ceilings.of(operator, policy) !== undefined)
  return readMemberList(file, { today: now.toISOString().slice(0, 10), jurisdictionOf, members })
}

function report({ rowCount, delimiter, rows, faults }: MemberList, dryRun: boolean, proposed: z.input<typeof MemberImport> | null): Report {
  return { dryRun, rowCount, delimiter, good: [...rows], faults: [...faults], import: proposed }
}

function refusal({ faults }: MemberList): Problem {
  const fields = faults.map(({ line, column, code, message }) => ({
    field: ['/body', line ?? '', column ?? ''].join('/').replace(/\/+$/, ''),
    message: `${code}: ${message}`,
  }))
  return new Problem(
    'VALIDATION_FAILED',
    `The list has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}; nothing was written. A dry run names them all.`,
    { fields },
  )
}

function bytesOf(bytes: Upload['bytes']): Promise<Buffer> {
  return buffer(bytes as AsyncIterable<Uint8Array<ArrayBuffer>>)
}
