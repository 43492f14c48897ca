import type { App } from '#platform/app.ts'
import { joinSandboxes } from '#scanner/detonation/join-sandboxes.ts'
import type { Sandbox } from '#scanner/detonation/sandbox.ts'

/** The drivers that this host is set up for, each opened with what the data folder and the settings say. */
const DRIVERS: readonly ((app: App) => Promise<Sandbox | undefined>)[] = []

/** The sandboxes of this host as one; without any it opens nothing, and submissions have their static answer alone. A driver that cannot be opened is logged and left out. */
export async function openSandboxes(app: App): Promise<Sandbox> {
  const opened: Sandbox[] = []
  for (const open of DRIVERS) {
    try {
      const sandbox = await open(app)
      if (sandbox) opened.push(sandbox)
    } catch (error) {
      app.log.error({ failure: (error as Error).message }, 'a sandbox cannot be opened: nothing is opened in its environments')
    }
  }
  return joinSandboxes(opened)
}
