import type { Host, Machine } from './machine.ts'
import { Hosted, List, Thing, type Value } from './objects.ts'
import { Recorder, show } from './recorder.ts'
import { LongText, type Text } from './text.ts'

/** A script that the host will run later: a timer, or the callback of a button. */
export interface Waiting {
  readonly source: Text | Thing
  readonly at: number
  readonly script: number
  readonly within: Recorder['within']
}

const MOST_WAITING = 40
const LONGEST_PATH = 200

/**
 * A program that runs scripts, as far as one knows it: it notes every call and set on its objects. Whatever it is asked for and does not
 * know is an object that can be called, so that a script goes on as it would there.
 */
export abstract class RecordingHost implements Host {
  readonly recorder = new Recorder()
  readonly waiting: Waiting[] = []

  /** A name of the global object; nothing where the program has no such name. */
  protected abstract global(machine: Machine, key: string): Value
  /** A member that has a value of its own. */
  protected abstract known(machine: Machine, path: string, key: string): Value
  /** What a call gives, where that is known. */
  protected abstract answer(machine: Machine, path: string, values: readonly Value[], at: number): Value

  member(machine: Machine, object: Hosted, key: string): Value {
    if (object === machine.global) return this.global(machine, key)
    if (object.path.length + key.length > LONGEST_PATH) return undefined
    if (key === 'call' || key === 'apply') return this.#forward(machine, object, key)
    return this.known(machine, object.path, key) ?? this.hosted(machine, object, key)
  }

  /** `call` and `apply` of a function of the program (ECMA-262, 19.2.3): the function itself is what is called and noted. */
  #forward(machine: Machine, callee: Hosted, key: 'call' | 'apply'): Value {
    const made = machine.native(key, (called, _, [self, ...values], at) => {
      const [list] = values
      return called.call(callee, self, key === 'call' ? values : list instanceof List ? list.items.slice(0, 64) : [], at)
    })
    callee.members.set(key, made)
    return made
  }

  /** The object behind a member, the same each time. */
  protected hosted(machine: Machine, object: Hosted, key: string, path = `${object.path}.${key}`): Hosted {
    machine.spend(128 + path.length)
    const made = new Hosted(machine.protos.object, path)
    object.members.set(key, made)
    return made
  }

  call(machine: Machine, callee: Hosted, _self: Value, values: readonly Value[], at: number): Value {
    this.note(machine, 'call', callee.path, values.slice(0, 8), at)
    const answer = this.answer(machine, callee.path, values, at)
    if (answer !== undefined) return answer
    const first = typeof values[0] === 'string' ? values[0].slice(0, 80) : ''
    const path = `${callee.path}(${first})`
    if (path.length > LONGEST_PATH) return undefined
    machine.spend(128 + path.length)
    return new Hosted(machine.protos.object, path)
  }

  set(machine: Machine, object: Hosted, key: string, value: Value, at: number): void {
    if (object !== machine.global && object.path !== 'global') this.note(machine, 'set', `${object.path}.${key.slice(0, 64)}`, [value], at)
  }

  kept(text: LongText): void {
    this.recorder.keep(text)
  }

  block(bytes: number): void {
    this.recorder.block(bytes)
  }

  fed(source: Text): void {
    this.recorder.noteFed(source)
  }

  /** Lets a source run when everything before it has. */
  protected later(machine: Machine, source: Value, at: number, within: Recorder['within'] = this.recorder.within): void {
    const runs = typeof source === 'string' || source instanceof LongText || source instanceof Thing
    if (!runs) return
    if (this.waiting.length >= MOST_WAITING) {
      this.recorder.cut = true
      return
    }
    if (!(source instanceof Thing)) this.fed(source)
    this.waiting.push({ source, at: machine.origin.fedAt ?? at, script: machine.origin.script, within })
  }

  protected note(machine: Machine, kind: 'call' | 'set', name: string, values: readonly Value[], at: number): void {
    machine.step(8)
    if (!this.recorder.takes(name)) return
    machine.spend(512)
    const { script, fedAt } = machine.origin
    this.recorder.note({
      kind,
      name,
      values: values.map((value) => show(value, (steps) => machine.step(steps))),
      script,
      at: fedAt ?? at,
      fed: fedAt !== undefined,
    })
  }
}
