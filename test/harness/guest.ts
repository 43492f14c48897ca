import { existsSync, mkdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { buildGuests } from '#scanner/detonation/image/build.ts'
import { examinePrograms, installCommand } from '#scanner/detonation/image/doctor.ts'
import { ENVIRONMENTS } from '#scanner/detonation/image/environments.ts'
import { imageRecipe } from '#scanner/detonation/image/recipe.ts'
import type { GuestManifest } from '#scanner/detonation/image/manifest.ts'

/** The environment that tests open documents in: the smallest. */
export const TEST_ENVIRONMENT = ENVIRONMENTS.find(({ name }) => name === 'poppler-debian12')!

/** An environment that was built, or why there is none. */
export type TestGuest = { readonly folder: string; readonly manifest: GuestManifest; readonly skipped?: undefined } | { readonly skipped: string }

/**
 * The Poppler environment, built once on this machine and kept outside the checkout for every run with the same recipe; VEDETTE_TEST_GUESTS is another
 * folder for that. Two runs that come at once wait for one build. Suites that need it are skipped with the reason where there is none. `renew` fetches its
 * packages anew once they are a week old, so that Debian's mirror still has those that it names.
 */
export async function testGuest(tell: (text: string) => void = () => undefined, renew = false): Promise<TestGuest> {
  if (process.getuid?.() !== 0) return { skipped: 'machines need root' }
  const missing = examinePrograms('root').filter(({ state }) => state === 'missing')
  if (missing.length > 0) return { skipped: `${missing.map(({ what }) => what).join(', ')} not installed: ${installCommand(missing)}` }
  const kept = process.env['VEDETTE_TEST_GUESTS'] ?? join(homedir(), '.cache', 'vedette', 'guests')
  const out = join(kept, imageRecipe(TEST_ENVIRONMENT).slice(0, 16))
  mkdirSync(out, { recursive: true })
  const { environments, absent } = await buildGuests({
    refresh: renew && isOld(join(out, TEST_ENVIRONMENT.name, 'manifest.json')),
    out,
    environments: [TEST_ENVIRONMENT],
    mirror: process.env['VEDETTE_DEBIAN_MIRROR'] ?? 'http://deb.debian.org',
    mode: 'root',
    today: new Date().toISOString().slice(0, 10),
    wait: true,
    step: tell,
  })
  const [manifest] = environments
  return manifest ? { folder: join(out, TEST_ENVIRONMENT.name), manifest } : { skipped: `the Poppler environment cannot be made: ${absent[0]?.why}` }
}

const WEEK_MS = 7 * 86_400_000

function isOld(manifest: string): boolean {
  return existsSync(manifest) && Date.now() - statSync(manifest).mtimeMs > WEEK_MS
}
