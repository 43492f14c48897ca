import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const SOURCE_ROOT = fileURLToPath(new URL('../', import.meta.url))

/**
 * Imports every file of one name under `src/`, so that a feature is added in its own folder and
 * nowhere else: `routes.ts` exports `routes(app)`, `jobs.ts` exports `jobs`, `policy.ts` exports `may`.
 * Sorted by path; a file without the export is an error.
 */
export async function discover<T>(fileName: string, exportName: string): Promise<{ file: string; value: T }[]> {
  const files = readdirSync(SOURCE_ROOT, { recursive: true, encoding: 'utf8' }).filter((file) => file === fileName || file.endsWith(`/${fileName}`))
  return Promise.all(
    files.sort().map(async (file) => {
      const module = (await import(pathToFileURL(join(SOURCE_ROOT, file)).href)) as Record<string, T>
      if (!(exportName in module)) throw new Error(`src/${file} does not export ${exportName}`)
      return { file, value: module[exportName]! }
    }),
  )
}
