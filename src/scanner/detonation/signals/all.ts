import { Signal, type DetonationOptions, type EndState, type Environment, type Happening } from '../contract.ts'
import { emptyBaseline, fitsBaseline, Ordinary, type Baseline } from './baseline.ts'
import { clipboardCommand } from './clipboard-command.ts'
import { disagreement } from './disagreement.ts'
import { download } from './download.ts'
import { droppedFile } from './dropped-file.ts'
import { equalBuffers } from './equal-buffers.ts'
import { executableMemory } from './executable-memory.ts'
import { heapGrowth } from './heap-growth.ts'
import { honeyFile } from './honey-file.ts'
import { libraryCall } from './library-call.ts'
import { memfdExec } from './memfd-exec.ts'
import { networkAttempt } from './network-attempt.ts'
import { outsideProfile } from './outside-profile.ts'
import { sandboxAttack } from './sandbox-attack.ts'
import { schemeLaunch } from './scheme-launch.ts'
import { signalOf, type Rule } from './signal.ts'
import { silence } from './silence.ts'
import { spray } from './spray.ts'
import { stackPivot } from './stack-pivot.ts'
import { timingProbe } from './timing-probe.ts'
import { unexpectedProcess } from './unexpected-process.ts'
import { unreportedTraffic } from './unreported-traffic.ts'
import { unusual } from './unusual.ts'
import { viewerCrash } from './viewer-crash.ts'
import { writeThenExecute } from './write-then-execute.ts'

/** Every signal, in the order in which a report lists them. */
export const SIGNALS: readonly Rule[] = [
  unexpectedProcess,
  writeThenExecute,
  memfdExec,
  executableMemory,
  stackPivot,
  sandboxAttack,
  honeyFile,
  outsideProfile,
  viewerCrash,
  spray,
  equalBuffers,
  heapGrowth,
  timingProbe,
  libraryCall,
  networkAttempt,
  schemeLaunch,
  clipboardCommand,
  unreportedTraffic,
  droppedFile,
  download,
  unusual,
  silence,
  disagreement,
]

export interface WhatHappened {
  readonly environment: Environment
  readonly options: DetonationOptions
  readonly end: EndState
  readonly happenings: readonly Happening[]
  /** Of the document, which lies on the guest's disk too. */
  readonly sha256?: string | undefined
  /** What the viewer does with harmless files; absent where nobody learned it, and one of another version is none. */
  readonly baseline?: Baseline | undefined
}

const MOST_OF_RULE = 50
const GRAVEST: readonly Signal['weight'][] = Signal.shape.weight.options

/** The signals of one run, gravest rules first; of each the gravest 50 at most. Pure. */
export function judgeRun(happened: WhatHappened): Signal[] {
  const { environment, baseline } = happened
  const run = {
    ...happened,
    sha256: happened.sha256,
    ordinary: new Ordinary(baseline && fitsBaseline(baseline, environment) ? baseline : emptyBaseline(environment.name, environment.version)),
  }
  return SIGNALS.flatMap((rule) =>
    rule
      .judge(run)
      .map((judged) => signalOf(rule, judged))
      .sort((a, b) => GRAVEST.indexOf(a.weight) - GRAVEST.indexOf(b.weight))
      .slice(0, MOST_OF_RULE),
  )
}
