import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { gather } from '#platform/gathered.ts'
import type { Upload } from '#platform/http/upload.ts'
import { importAdvisory, MAX_ADVISORY_BYTES } from '#program/advisories/import-advisory.ts'
import type { PackageView } from '#program/packages/contract.ts'
import { bindVersions } from '#program/packages/history-store.ts'
import { openForStaff } from '#program/packages/open-version.ts'
import { startPackage } from '#program/packages/package.ts'
import { showPackage } from '#program/packages/show-package.ts'
import { sealSource } from '#program/packages/source.ts'
import { storeContent } from '#program/packages/stored-content.ts'
import { insertPackage, insertVersion, packageRow } from '#program/packages/store.ts'

/** Begins a package from a CSAF document or a CVE record, which is kept as it came beside it. Throws what `importAdvisory` throws; then nothing is kept. */
export async function importPackage(app: App, actor: OperatorActor, upload: Upload): Promise<z.input<typeof PackageView>> {
  const bytes = await gather(upload.bytes)
  const { content, source, statedTlp, leftOut, assumed } = importAdvisory(bytes)
  return app.db.transaction(actor, async (tx) => {
    const at = app.clock.now()
    const id = app.ids.next<'package'>()
    const draft = startPackage({ package: id, operator: actor.operator, content, by: actor.person })
    const key = { package: id, version: draft.version }
    const document = await app.objects.put(tx, pieces(bytes), { limit: MAX_ADVISORY_BYTES })
    const columns = await storeContent(app, tx, key, draft.content)
    const sealed = sealSource(app, id, { ...source, statedTlp, leftOut: [...leftOut], assumed: [...assumed] })
    await insertPackage(tx, { id, operator: actor.operator, by: actor.person, at })
    await insertVersion(tx, key, {
      ...columns,
      operator: actor.operator,
      contributors: draft.contributors,
      source: { object: document.id, sealed },
      at,
    })
    const version = (await openForStaff(app, tx, actor, id))!
    app.audit.record(tx, {
      action: 'package.imported',
      subject: id,
      binds: [packageRow({ id }), ...(await bindVersions(tx, [key]))],
      details: { version: draft.version, contentHash: version.facts.contentHash, documentSha256: document.sha256 },
    })
    return showPackage(app, tx, version)
  })
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes
}
