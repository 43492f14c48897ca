import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StartupError } from '#platform/errors.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Where the built console lies. */
export const CONSOLE_DIR = join(ROOT, 'dist', 'console')
const STAMP = join(ROOT, 'dist', 'console.stamp')

/** Builds the console when its sources have changed since the last build. Returns whether it built. */
export async function ensureConsole(): Promise<boolean> {
  const sources = digestOfSources()
  if (existsSync(join(CONSOLE_DIR, 'index.html')) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources) return false
  // Built beside and exchanged, so that a server that runs on the old one never serves half of the new.
  const fresh = `${CONSOLE_DIR}.${process.pid}`
  await build(fresh)
  exchange(fresh)
  writeFileSync(STAMP, sources)
  return true
}

/** Puts the new build in the place of the old one. Another process may do the same with the same sources: then either may be last. */
function exchange(fresh: string): void {
  for (let again = true; again;) {
    rmSync(CONSOLE_DIR, { recursive: true, force: true })
    try {
      renameSync(fresh, CONSOLE_DIR)
      again = false
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
}

/** What the build reads: the console itself, the modules of the server that it may import, the examples that its guide hands out, and the locked packages. */
function digestOfSources(): string {
  const list = (dir: string) => readdirSync(join(ROOT, dir), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const files = [...list('web'), ...list('examples'), ...list('src').filter((entry) => entry.name.endsWith('.ts'))].map((entry) =>
    join(entry.parentPath, entry.name),
  )
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')))
  for (const file of files.sort()) hash.update(file.slice(ROOT.length)).update(readFileSync(file))
  return hash.digest('hex')
}

function build(outDir: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const vite = spawn(
      process.execPath,
      [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'web/vite.config.ts', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'error'],
      {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'pipe'],
        // Whatever whoever builds works at: React for developers is larger, and takes twice the time.
        env: { ...process.env, NODE_ENV: 'production' },
      },
    )
    let output = ''
    vite.stdout.on('data', (chunk) => (output += String(chunk)))
    vite.stderr.on('data', (chunk) => (output += String(chunk)))
    vite.on('error', reject)
    vite.on('exit', (code) => (code === 0 ? resolve() : reject(new StartupError(`The console cannot be built (vite ended with ${code}).\n${output.trim()}`))))
  })
}
