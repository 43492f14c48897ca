import type { Detonation, Environment } from '#scanner/detonation/contract.ts'
import { planFurther, type Planned } from '#scanner/detonation/plan.ts'
import type { Job, Sandbox } from '#scanner/detonation/sandbox.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import type { JoinedReport } from '#scanner/verdict/contract.ts'
import { joinBehaviour } from '#scanner/verdict/join.ts'

/** Opens a subject in one environment as a submission is opened, and again where something reacts. The first of what it gives is the first run. */
export async function openAsSubmission(sandbox: Sandbox, environment: Environment, subject: Job['subject'], first: Job['options']): Promise<Detonation[]> {
  const keyOf = ({ macros, checkHeap, run }: Pick<Planned, 'macros' | 'checkHeap' | 'run'>) => `${macros} ${checkHeap} ${run}`
  const known = new Set([keyOf({ ...first, run: 1 })])
  const open = (options: Job['options']) => sandbox.detonate({ environment: environment.name, subject, options })
  const ended = [await open(first)]
  for (let before = 0; before < ended.length;) {
    before = ended.length
    for (const { macros, egress, checkHeap, run } of planFurther(ended, {})) {
      const key = keyOf({ macros, checkHeap, run })
      if (known.has(key)) continue
      known.add(key)
      ended.push(await open({ macros, egress, checkHeap }))
    }
  }
  return ended
}

/** What a submission's verdict is of these runs alone, with an empty document in the place of the static scan. */
export function verdictOf(runs: readonly Detonation[], type: string, document: Uint8Array): JoinedReport {
  const joined = joinBehaviour({ ...scanBytes(Buffer.alloc(0)), type }, { detonations: runs, inputs: [document] })
  if (!('reasons' in joined)) throw new Error('there are no runs')
  return joined
}
