import { InvalidArgumentError, Option, type Command } from 'commander'
import { Problem } from '#platform/errors.ts'
import { DEFAULT_PRESET, PRESETS, type PresetName } from '#program/releases/programme.ts'
import { releasesBetween, type Month, type Release } from '#program/releases/release.ts'
import { formatInstant } from '#program/releases/zoned-time.ts'

interface Options {
  readonly from: Month
  readonly to: Month
  readonly preset: PresetName
  readonly json?: true
}

/** `vedette calendar`: the releases of a span of months and the opening of each tier's window; needs no server and no database. */
export function command(program: Command): void {
  const calendar = program
    .command('calendar')
    .description("print the releases of a programme and when each tier's window opens")
    .requiredOption('--from <month>', 'first month, such as 2026-01', month)
    .requiredOption('--to <month>', 'last month, such as 2040-12', month)
    .addOption(new Option('--preset <name>', 'the rules to use').choices(Object.keys(PRESETS)).default(DEFAULT_PRESET))
    .option('--json', 'as JSON')
  calendar.action(({ from, to, preset, json }: Options) => {
    const releases = read(calendar, from, to, preset)
    process.stdout.write(json ? `${JSON.stringify(releases.map(asJson), null, 2)}\n` : asText(releases))
  })
}

function read(calendar: Command, from: Month, to: Month, preset: PresetName): Release[] {
  if (from.year * 12 + from.month > to.year * 12 + to.month) calendar.error('error: --from is after --to', { exitCode: 2 })
  try {
    return releasesBetween(from, to, PRESETS[preset])
  } catch (error) {
    if (error instanceof Problem) calendar.error(`error: ${error.message}`, { exitCode: 2 })
    throw error
  }
}

function month(text: string): Month {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text)
  if (!match) throw new InvalidArgumentError('Write a month as 2026-01.')
  return { year: Number(match[1]), month: Number(match[2]) }
}

function asJson({ instant, windows }: Release) {
  return {
    release: formatInstant(instant),
    window: { validate: formatInstant(windows.validate), advance: formatInstant(windows.advance), entry: formatInstant(windows.entry) },
  }
}

function asText(releases: readonly Release[]): string {
  const head = ['release', 'validate', 'advance', 'entry']
  const rows = releases.map(({ instant, windows }) => [instant, windows.validate, windows.advance, windows.entry].map(formatInstant))
  const zone = releases[0] && `Rule ${releases[0].rule} in ${releases[0].zone}, holidays ${releases[0].calendar}; times in UTC.\n`
  return `${[head, ...rows]
    .map((row) =>
      row
        .map((cell) => cell.padEnd(20))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')}\n${zone ?? ''}`
}
