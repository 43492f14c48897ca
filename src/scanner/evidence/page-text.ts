import type { Shown } from '#scanner/formats/javascript/recorder.ts'
import type { PageScript } from '#scanner/formats/html.ts'
import type { Fact } from '#scanner/intake/fact.ts'
import type { Proof } from '#scanner/verdict/finding.ts'
import { at, shown } from './evidence.ts'
import { callProof, callsOf } from './script-call.ts'

/** An address that a page leads to, or that its script sends the browser to, with its proof. */
export interface Led {
  readonly target: string
  readonly automatic: boolean
  readonly proof: Proof
}

const GOES = /(?:^|\.)(?:location|location\.href|location\.replace|location\.assign|open|src|navigate|Run|ShellExecute)$/

/** Every address that pages lead to, as far as it was read or followed. */
export function ledTo(facts: readonly Fact[]): Led[] {
  const read = facts.flatMap((fact): Led[] => {
    if (fact.kind !== 'page') return []
    const { path } = fact
    return fact.page.addresses.map(({ target, how, offset }) => ({
      target,
      automatic: how !== 'click',
      proof: { ...at({ path, offset }), field: `address (${how})`, value: shown(target) },
    }))
  })
  const followed = callsOf(facts).flatMap((call): Led[] => {
    const target = GOES.test(call.call.name) ? firstText(call.call.values) : undefined
    return target === undefined ? [] : [{ target, automatic: true, proof: callProof(call, 'address', target) }]
  })
  return [...read, ...followed]
}

/** Every script of pages and script files, with its place. */
export function pageScripts(facts: readonly Fact[]): (PageScript & { readonly path: string })[] {
  return facts.flatMap((fact) => (fact.kind === 'page' ? fact.page.scripts.map((script) => ({ ...script, path: fact.path })) : []))
}

function firstText(values: readonly Shown[]): string | undefined {
  const [value] = values
  return value?.type === 'text' ? value.head : undefined
}
