import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { arch, cpus, totalmem } from 'node:os'

/**
 * Runs every bench file, or those named, and prints their figures as one table.
 * A bench file prints JSON lines `{ what, value, unit }` to standard output; a peer measured in the same
 * run is a line of its own; what else it prints is shown as it is. Trust CPU time and ratios: the machine is shared.
 */
interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
}

const wanted = process.argv.slice(2)
const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts') && !['run.ts', 'figure.ts'].includes(file))
const chosen = files.filter((file) => wanted.length === 0 || wanted.includes(file.replace(/\.ts$/, ''))).sort()
console.log(`node ${process.version}, ${cpus().length} cores ${arch()}, ${Math.round(totalmem() / 2 ** 30)} GiB`)
for (const file of chosen) {
  console.log(`\n${file}`)
  const run = spawnSync(process.execPath, [...process.execArgv, `${import.meta.dirname}/${file}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  })
  for (const line of run.stdout.trimEnd().split('\n')) console.log(line.startsWith('{') ? shown(JSON.parse(line) as Figure) : line)
  if (run.status !== 0) process.exitCode = 1
}

function shown({ what, value, unit }: Figure): string {
  return `  ${what.padEnd(72)} ${format(value).padStart(12)} ${unit}`
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
