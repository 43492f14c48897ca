import type { App } from '#platform/app.ts'
import type { SweepReport } from '#platform/objects/objects.ts'

/** Removes stored bytes that no row needs any more, and reports rows whose bytes are gone. */
export function sweepObjects(app: App, signal?: AbortSignal): Promise<SweepReport> {
  return app.objects.sweep(app.db, signal)
}
