import type { App } from '#platform/app.ts'
import { openAtHand } from '#scanner/detonation/drivers/at-hand.ts'
import { NO_SANDBOX } from '#scanner/detonation/no-sandbox.ts'
import type { Sandbox } from '#scanner/detonation/sandbox.ts'

const NONE = 'No environment is installed on this host: run vedette guest build.'

/** All that this host is set up to open submissions in. What cannot be used is logged and left out: then submissions have their static answer alone, and say so. */
export async function openSandboxes(app: App): Promise<Sandbox> {
  try {
    const { sandbox, notes } = await openAtHand({ dataDir: app.config.dataDir, clock: app.clock, ready: 1 })
    for (const note of notes) app.log.info({ note }, 'environments of this host')
    return { ...sandbox, notes: notes.length > 0 ? notes : [NONE] }
  } catch (error) {
    app.log.error({ failure: (error as Error).message }, 'no submission is opened in environments: they cannot be set up')
    return { ...NO_SANDBOX, notes: [`Nothing of it can be used: ${(error as Error).message}`] }
  }
}
