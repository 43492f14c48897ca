import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { StartupError } from '#platform/errors.ts'
import { faultsOf } from '#program/membership/agreements/agreement-statement.ts'
import { SignedAgreement } from '#program/membership/agreements/contract.ts'
import { signerOf } from '#program/membership/agreements/signer.ts'

/** What a terminal would carry out or show in another order. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu

/** `vedette agreement verify FILE`: whether a signed agreement holds together; needs no server and no database. */
export function command(program: Command): void {
  const group = program.command('agreement').description('signed agreements')
  group
    .command('verify')
    .description('check both signatures of a signed agreement, as downloaded or saved from its PDF; exit 0 when they hold, 1 when not')
    .argument('<file>', 'the record, JSON')
    .action(async (file: string) => {
      const signed = await read(file)
      const faults = await faultsOf(signed)
      for (const fault of faults) process.stdout.write(`FAULT ${fault}\n`)
      if (faults.length === 0) process.stdout.write(describe(signed))
      process.exitCode = faults.length === 0 ? 0 : 1
    })
}

type Signed = Awaited<ReturnType<typeof read>>

async function read(file: string) {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new StartupError(`${file} cannot be read: ${error.message}`)
  })
  const parsed = SignedAgreement.safeParse(json(text))
  if (!parsed.success) throw new StartupError(`${file} is not the record of a signed agreement.`)
  return parsed.data
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function describe({ operator, organisation, version, sha256, member, countersignature }: Signed): string {
  const line = (whom: string, statement: string, leaf: number) => {
    const { name, at } = signerOf(statement)
    return `${whom}: ${name}, ${at}, leaf ${leaf} of the audit log`
  }
  const lines = [
    `Version ${version} of the agreement with ${operator.name}, SHA-256 ${sha256}`,
    line(`For ${organisation.name}`, member.record.statement, member.leaf),
    line(`For ${operator.name}`, countersignature!.record.statement, countersignature!.leaf),
    'The text and both signatures hold together. That the keys were those people’s is what the leaves prove: vedette log verify.',
  ]
  return lines.map((each) => `${each.replaceAll(UNPRINTABLE, '\uFFFD')}\n`).join('')
}
