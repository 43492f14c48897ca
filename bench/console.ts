import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { CONSOLE_DIR, ensureConsole } from '#main/console.ts'
import { figure } from './figure.ts'

/** What a browser loads for the console's first page, compressed. */
await ensureConsole()
const page = readFileSync(join(CONSOLE_DIR, 'index.html'), 'utf8')
const files = [...page.matchAll(/(?:src|href)="(\/[^"]+\.(js|css))"/g)]
for (const kind of ['js', 'css']) {
  const bytes = files.filter((match) => match[2] === kind).reduce((sum, match) => sum + gzipSync(readFileSync(join(CONSOLE_DIR, match[1]!))).length, 0)
  figure(`console, first page, ${kind}, gzip`, bytes / 1000, 'kB')
}
