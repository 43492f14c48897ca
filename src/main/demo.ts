import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { rootPath } from '#exchange/taxii/routes.ts'
import type { App } from '#platform/app.ts'
import { issueDemonstrationLink } from '#platform/auth/issue-demonstration-link.ts'
import { issueDemonstrationToken } from '#platform/auth/issue-demonstration-token.ts'
import { confirmOnHost } from '#platform/clock/confirm-on-host.ts'
import { openDataDir, type Config } from '#platform/config.ts'
import { createApp } from '#main/app.ts'
import { startAll } from '#main/all.ts'
import { loadDemonstration } from '#main/demonstration/load.ts'
import { step } from '#main/progress.ts'
import { demonstrationFile } from '#main/serve.ts'

/** `vedette demo`: starts everything, loads the demonstration once, and prints one sign-in link for each of its people. */
export async function demonstrate(config: Config): Promise<() => Promise<void>> {
  openDataDir(config)
  rmSync(demonstrationFile(config), { force: true })
  const everything = await startAll(config)
  try {
    const people = await step('demonstration', async () => {
      const { app, readClocks, close } = await createApp(config, everything.connections, 'demo')
      try {
        // Nobody's secrets wait in a demonstration, so whoever starts it again after a pause has thereby said what time it is.
        if (app.clock.disagreement() !== undefined) {
          await confirmOnHost(app, { by: 'demonstration' })
          await readClocks()
        }
        return await writeDemonstration(app)
      } finally {
        await close()
      }
    })
    await everything.ready()
    process.stdout.write(welcome(config, people))
    return everything.stop
  } catch (error) {
    await everything.stop()
    throw error
  }
}

interface DemonstrationPerson {
  readonly role: string
  readonly signInUrl: string
  readonly token: string
}

async function writeDemonstration(app: App): Promise<readonly DemonstrationPerson[]> {
  const data = await loadDemonstration(app)
  const people: DemonstrationPerson[] = []
  for (const { role, id } of data.people) {
    const link = await issueDemonstrationLink(app, id)
    const token = await issueDemonstrationToken(app, id)
    people.push({ role, signInUrl: link.url, token })
  }
  const taxii = { apiRoot: new URL(rootPath(data.operator), app.config.url).href, collections: data.collections }
  // Written beside and renamed: whoever sees the file sees all of it.
  const file = demonstrationFile(app.config)
  writeFileSync(`${file}.new`, `${JSON.stringify({ url: app.config.url.origin, people, taxii }, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return people
}

function welcome(config: Config, people: readonly DemonstrationPerson[]): string {
  const width = Math.max(...people.map(({ role }) => role.length))
  const links = people.map(({ role, signInUrl }) => `  ${role.padEnd(width)}  ${signInUrl}\n`)
  return `\nThe demonstration is ready at ${config.url.origin}\n\nSign in as one of its people; each link works once:\n\n${links.join('')}\nTokens for scripts are in ${demonstrationFile(config)}. Ctrl-C ends everything.\n\n`
}
