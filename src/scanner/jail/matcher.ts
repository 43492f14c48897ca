import { createHash } from 'node:crypto'
import { LIMITS } from '#scanner/intake/limits.ts'
import { unpack } from '#scanner/intake/unpack.ts'
import { loadEngine, type Compiled, type EnginePaths } from '#scanner/rules/engine.ts'
import { faultOf, joinRules, type RuleFault, type RuleSet } from '#scanner/rules/rule-set.ts'
import { answer, requests } from './requests.ts'

/**
 * The process that matches YARA rules: first it is given the rules, then files. It opens each as the reading process does, and
 * matches the file and every object inside. It alone may load native code, and stands behind the same fence and limits: what takes it
 * over can say that rules match or do not, and changes nothing of what the reading process saw.
 */
interface Limits {
  readonly matches: number
  readonly places: number
}

const MOST_FAULTS = 50
let compiled: { readonly set: string; readonly rules: Compiled }[] = []

async function compile(paths: EnginePaths, sets: readonly RuleSet[]): Promise<object> {
  const engine = await loadEngine(paths)
  const faults: RuleFault[] = []
  compiled = sets.flatMap((set) => {
    const { text, locate } = joinRules(set)
    const rules = engine.compile(text)
    if ('match' in rules) return [{ set: set.name, rules }]
    faults.push(...rules.slice(0, MOST_FAULTS).map((said) => faultOf(set, said, locate)))
    return []
  })
  return { engine: engine.name, faults: faults.slice(0, MOST_FAULTS) }
}

function match(bytes: Buffer, passwords: readonly string[], { matches: most, places: mostPlaces }: Limits): object {
  const matches: object[] = []
  let more = false
  const seen = new Set<string>()
  const at = (path: string, content: Buffer) => {
    const id = createHash('sha256').update(content).digest('base64')
    if (content.length === 0 || seen.has(id)) return
    seen.add(id)
    for (const { set, rules } of compiled)
      for (const { rule, tags, meta, places } of rules.match(content)) {
        if (matches.length >= most) more = true
        else matches.push({ set, rule, tags: tags.slice(0, 100), meta, path, places: places.slice(0, mostPlaces) })
      }
  }
  for (const fact of unpack(bytes, { limits: LIMITS, passwords }).facts) {
    if (fact.kind === 'part') at(fact.path, fact.bytes)
    if (fact.kind === 'vba-project') for (const module of fact.modules) at(module.path, Buffer.from(module.source))
  }
  return { sha256: createHash('sha256').update(bytes).digest('hex'), matches, more }
}

for (const { about, bytes } of requests())
  answer(
    about['engine']
      ? await compile(about['engine'] as EnginePaths, JSON.parse(bytes.toString('utf8')) as RuleSet[])
      : match(bytes, about.passwords ?? [], about['limits'] as Limits),
  )
