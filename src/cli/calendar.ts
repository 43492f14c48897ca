import { readFileSync } from 'node:fs'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { Problem } from '#platform/errors.ts'
import { parseStrictJson } from '#platform/http/strict-json.ts'
import { DEFAULT_PRESET, PRESETS, type PresetName, type Programme } from '#program/releases/programme.ts'
import { compareMonths, releasesBetween, type Month, type Release } from '#program/releases/release.ts'
import { RuleSet } from '#program/releases/rules/contract.ts'
import { faultsOf } from '#program/releases/rules/rule-faults.ts'
import { toProgramme } from '#program/releases/rules/rule-set.ts'
import { formatInstant } from '#program/releases/zoned-time.ts'

interface Options {
  readonly from: Month
  readonly to: Month
  readonly preset: PresetName
  readonly rules?: string
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
    .addOption(new Option('--rules <file>', 'the rules of a JSON file instead').conflicts('preset'))
    .option('--json', 'as JSON')
  calendar.action(({ from, to, preset, rules, json }: Options) => {
    const releases = read(calendar, from, to, rules === undefined ? PRESETS[preset] : readRules(calendar, rules, from, to))
    process.stdout.write(json ? `${JSON.stringify(releases.map(asJson), null, 2)}\n` : asText(releases))
  })
}

function read(calendar: Command, from: Month, to: Month, programme: Programme): Release[] {
  if (compareMonths(from, to) > 0) calendar.error('error: --from is after --to', { exitCode: 2 })
  try {
    return releasesBetween(from, to, programme)
  } catch (error) {
    if (error instanceof Problem) calendar.error(`error: ${error.message}`, { exitCode: 2 })
    throw error
  }
}

/** The programme of a file, right for these months; ends the command with a line for each field that is wrong. */
function readRules(calendar: Command, file: string, from: Month, to: Month): Programme {
  const refuse = (...lines: readonly string[]): never => calendar.error(lines.map((line) => `error: ${file}: ${line}`).join('\n'), { exitCode: 2 })
  const parsed = RuleSet.safeParse(parse(file, refuse))
  if (!parsed.success) return refuse(...parsed.error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`))
  const faults = faultsOf(parsed.data, from, Math.max(1, compareMonths(to, from) + 1))
  return faults.length > 0 ? refuse(...faults.map(({ field, message }) => `${field}: ${message}`)) : toProgramme(parsed.data, 1)
}

function parse(file: string, refuse: (line: string) => never): unknown {
  try {
    return parseStrictJson(readFileSync(file))
  } catch (error) {
    if (!(error instanceof Problem)) return refuse('cannot be read')
    return refuse([error.message, ...error.fields.map(({ field, message }) => `${field}: ${message}`)].join('; '))
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
